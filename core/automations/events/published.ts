import { strict } from '../../base/schema.ts';
import type { EventKind } from './event.ts';
import * as z from 'zod';

const schema = strict({ event: z.literal('published') });

interface Facts {
  snapshot: string;
}

/** A snapshot was published: there is new data. */
export const published = {
  schema,
  matches: () => true,
  says: ({ snapshot }) => `snapshot ${snapshot} was published`,
} satisfies EventKind<z.infer<typeof schema>, Facts>;
