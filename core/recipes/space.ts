import { strict } from '../base/schema.ts';
import * as z from 'zod';

/** Numbers between two ends, both included; drawn evenly, or evenly by their logarithm. */
const span = strict({
  from: z.number(),
  to: z.number(),
  scale: z.enum(['linear', 'log']).optional(),
})
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be above from' })
  .refine(({ from, scale }) => scale !== 'log' || from > 0, {
    path: ['from'],
    message: 'must be above 0 on a scale of logarithms',
  });
export type Span = z.infer<typeof span>;

/** What an option may become: numbers of a span, or one of a list. */
export const rangeSchema = z.union(
  [span, z.array(z.unknown()).min(1).max(100)],
  'write { from, to } with from below to, and scale "log" only above 0; or a list of values',
);
export type Range = Span | readonly unknown[];

/** A recipe's own ranges of its options. */
export type Space<Candidate> = {
  readonly [Option in Exclude<keyof Candidate, 'kind' | 'name'>]?: NonNullable<Candidate[Option]> extends number
    ? Span | readonly number[]
    : readonly NonNullable<Candidate[Option]>[];
};
export type AnySpace = Readonly<Record<string, Range>>;

export const isSpan = (range: Range): range is Span => !Array.isArray(range);
