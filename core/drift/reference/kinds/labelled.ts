import { strict } from '../../../base/schema.ts';
import type { ReferenceKind, Used } from './kind.ts';
import * as z from 'zod';

const [FEWEST, MOST] = [100, 1_000_000];

/** `snapshot` holds the rows, and so many with a label were asked for. */
export type LabelledUsed = Used<'labelled', { asked: number; snapshot: string }>;

/** All rows of the source since the oldest of its last rows whose labels are known. */
export const labelled = {
  schema: strict({ labelled: z.int().min(FEWEST).max(MOST) }),
  title: ({ asked }) => `Last ${asked.toLocaleString('en-US')} labelled rows`,
  declaredFor: ({ asked }) => ({ labelled: asked }),
} satisfies ReferenceKind<LabelledUsed>;
