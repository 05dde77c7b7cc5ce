import type * as z from 'zod';

/** Something that happens to a pipeline, and that an automation can wait for. */
export interface EventKind<On, Facts> {
  /** What a declaration says of it. */
  schema: z.ZodType<On>;
  /** Whether an automation that waits for it means one that happened. */
  matches(on: On, facts: Facts): boolean;
  /** One that happened, in words. */
  says(facts: Facts): string;
}
