import { LEVEL, numberBlocks, reachOf, spreadOf, type Interval } from '../difference.ts';
import { accuracy } from './accuracy.ts';
import { balancedAccuracy } from './balanced-accuracy.ts';
import { byKind, kinds, type Counts, type DecidedKind } from './decided.ts';
import { f1 } from './f1.ts';
import { mcc } from './mcc.ts';
import { precision } from './precision.ts';
import { recall } from './recall.ts';
import { specificity } from './specificity.ts';

export type { Counts } from './decided.ts';

/** Measures of what a threshold decides, in the order of tables. */
export const decidedKinds = {
  accuracy,
  balancedAccuracy,
  precision,
  recall,
  specificity,
  f1,
  mcc,
} satisfies Record<string, DecidedKind>;
export type DecidedName = keyof typeof decidedKinds;
export const decidedNames = Object.keys(decidedKinds) as DecidedName[];

/** What a threshold decides on labelled rows, and how well it does; a measure that is undefined is missing. */
export interface Decided {
  counts: Counts;
  measures: Partial<Record<DecidedName, Interval & { value: number }>>;
}

export function decidedAt(
  threshold: number,
  { scores, labels, blocks }: { scores: ArrayLike<number>; labels: ArrayLike<number>; blocks: ArrayLike<number> },
  level = LEVEL,
): Decided {
  const { blockOf, sizes } = numberBlocks(blocks);
  const inBlocks = byBlocks(() => new Float64Array(sizes.length));
  for (let row = 0; row < labels.length; row++) {
    const called = scores[row]! >= threshold;
    const kind =
      labels[row] === 1 ? (called ? 'truePositives' : 'falseNegatives') : called ? 'falsePositives' : 'trueNegatives';
    inBlocks[kind][blockOf[row]!]!++;
  }
  const counts = byKind((kind) => inBlocks[kind].reduce((sum, count) => sum + count, 0));
  const measures = decidedNames.flatMap((name) => {
    const {
      of,
      slope,
      range: [least, most],
    } = decidedKinds[name];
    const value = of(counts);
    if (value === null) return [];
    const slopes = slope(counts);
    const owed =
      sizes.length < 2
        ? null
        : Float64Array.from(sizes, (_, block) =>
            kinds.reduce((sum, kind) => sum + slopes[kind] * inBlocks[kind][block]!, 0),
          );
    const reach = owed ? reachOf(spreadOf(owed, sizes, labels.length), level) : Infinity;
    return [
      [name, { value, low: Math.max(least, value - reach), high: Math.min(most, value + reach), level }] as const,
    ];
  });
  return { counts, measures: Object.fromEntries(measures) };
}

const byBlocks = (of: () => Float64Array) => ({
  truePositives: of(),
  falsePositives: of(),
  falseNegatives: of(),
  trueNegatives: of(),
});
