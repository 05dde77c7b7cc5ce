import { levels, type Level } from '../../drift/verdict.ts';
import { columnName, strict } from '../../base/schema.ts';
import type { EventKind } from './event.ts';
import * as z from 'zod';

const schema = strict({
  event: z.literal('verdict'),
  /** The level that the check came to; any by default. */
  level: z.enum(levels).optional(),
  /** Only if this column is behind the alarm, or past its threshold where no alarm judges. */
  column: columnName.optional(),
});

interface Facts {
  verdict: string;
  level: Level;
  before: Level;
  drifted: string[];
}

/** A drift check came to another level than the one before it. */
export const verdict = {
  schema,
  matches: ({ level, column }, facts) =>
    (level === undefined || level === facts.level) && (column === undefined || facts.drifted.includes(column)),
  says: ({ level, before, drifted }) =>
    `the drift check went from ${before} to ${level}${drifted.length > 0 ? ` (${drifted.join(', ')})` : ''}`,
} satisfies EventKind<z.infer<typeof schema>, Facts>;
