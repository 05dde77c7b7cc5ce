import type { Instant } from '../../../time/time.ts';
import type { ZodType } from 'zod';

/** What a check compared with, as its verdict tells it. */
export type Used<Name extends string, Of extends object = object> = Of & {
  kind: Name;
  /** The time of its rows. */
  from: Instant;
  to: Instant;
};

/** Rows that a window can be compared with: how a declaration asks for them, and what they are called. */
export interface ReferenceKind<U> {
  schema: ZodType;
  title(used: U): string;
  /** The declaration that leads to it. */
  declaredFor(used: U): unknown;
}
