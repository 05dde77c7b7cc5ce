import { strict, stretch } from '../../../base/schema.ts';
import { DAY, milliseconds } from '../../../time/time.ts';
import type { ReferenceKind, Used } from './kind.ts';

export type LastUsed = Used<'last', { asked: string }>;

/** The source's rows of the last days. */
export const last = {
  schema: strict({
    last: stretch.refine((text) => milliseconds(text) >= DAY, 'write a day or more, like "30 days"'),
  }),
  title: ({ asked }) => `Last ${asked}`,
  declaredFor: ({ asked }) => ({ last: asked }),
} satisfies ReferenceKind<LastUsed>;
