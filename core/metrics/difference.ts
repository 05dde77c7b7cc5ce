import type { ClassCosts } from './answer.ts';
import { metricKinds, type MetricName } from './index.ts';
import type { Metric } from './metric.ts';
import { rank } from './ranking.ts';
import { checkScored, createScored } from './scored.ts';
import { studentQuantile, studentTail } from './student.ts';

/** Difference of a metric (challenger less champion, signed so that more is better) with its interval. */
export interface Difference {
  metric: MetricName;
  estimate: number;
  low: number;
  high: number;
  /** How sure the interval is, like 0.95, which it is where this is absent. */
  level?: number;
}

/** What a value lies between, as sure as `level` says (0.95 where absent). */
export type Interval = Pick<Difference, 'low' | 'high' | 'level'>;

/** What the blocks say of an estimate: its standard error, and how well that error is known. */
export interface Spread {
  error: number;
  degrees: number;
}

export interface ScoredPair {
  labels: ArrayLike<number>;
  /** Scores of the same rows by either model. */
  challenger: ArrayLike<number>;
  champion: ArrayLike<number>;
  /** A number for the day or entity of each row. */
  blocks: ArrayLike<number>;
  /** Of classes: by which either model answers. */
  costs?: readonly [challenger: ClassCosts | null, champion: ClassCosts | null];
}

export type Compare = (metric: MetricName, level?: number) => Difference | null;

/**
 * Prepares two models' scores of the same rows; what comes back says how much better the challenger is by any metric of
 * the label's kind, with an interval that covers the truth as often as `level` says. Null where the metric is undefined,
 * and where all rows are in one block, which says nothing about another.
 *
 * Rows of one block are alike, so what counts is how far the blocks differ. Each row's influence on the difference is
 * summed by block. The interval is Student's: with few blocks it is wide, and it is wider still where a few
 * blocks have most of the influence.
 * Cameron and Miller, "A practitioner's guide to cluster-robust inference", 2015.
 */
export function createComparison(pair: ScoredPair): Compare {
  const labels = Float64Array.from(pair.labels);
  if (pair.blocks.length !== labels.length)
    throw new RangeError(`There are ${pair.blocks.length} blocks for ${labels.length} rows`);
  const blocks = numberBlocks(pair.blocks);
  const models = [pair.challenger, pair.champion].map((scores, i) => createScored(scores, labels, pair.costs?.[i]));
  const [challenger, champion] = [models[0]!, models[1]!];

  return (metric, level = LEVEL) => {
    const { labels: kinds, better, of, influence } = metricKinds[metric] as Metric;
    for (const { scores, width } of models) checkScored[width > 1 ? 'class' : kinds[0]!](scores, labels);
    if (challenger.width !== champion.width)
      throw new RangeError(`The models tell ${challenger.width} and ${champion.width} classes apart`);
    const [ours, theirs] = [of(challenger), of(champion)];
    if (ours === null || theirs === null || blocks.sizes.length < 2) return null;

    const [mine, others] = [influence(challenger), influence(champion)];
    const owed = new Float64Array(blocks.sizes.length);
    for (let row = 0; row < labels.length; row++) owed[blocks.blockOf[row]!]! += mine[row]! - others[row]!;
    const reach = reachOf(spreadOf(owed, blocks.sizes, labels.length), level);
    const estimate = better === 'higher' ? ours - theirs : 0 - (ours - theirs); // never -0
    return { metric, estimate, low: estimate - reach, high: estimate + reach, level };
  };
}

export const LEVEL = 0.95;

/** The difference by one metric. */
export const differenceOf = ({ metric, level, ...pair }: ScoredPair & { metric: MetricName; level?: number }) =>
  createComparison(pair)(metric, level);

/** How far the interval reaches to either side. */
export const reachOf = ({ error, degrees }: Spread, level = LEVEL): number =>
  error === 0 ? 0 : error * studentQuantile((1 + level) / 2, degrees);

/** How probable an estimate as low as this is, or a lower one, if the truth is 0. */
export const chanceOfLoss = (estimate: number, { error, degrees }: Spread): number => {
  if (error === 0) return estimate < 0 ? 0 : 1;
  const tail = studentTail(Math.abs(estimate) / error, degrees);
  return estimate < 0 ? tail : 1 - tail;
};

const LARGEST_OWED = 1e60;

/** How sure an estimate is, from what it owes to each block. */
export function spreadOf(owed: Float64Array, sizes: Int32Array, rows: number): Spread {
  const blocks = sizes.length;
  // Fourth powers of large labels would be infinite; a power of two rounds nothing.
  const largest = owed.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const unit = largest > LARGEST_OWED ? 2 ** Math.floor(Math.log2(largest)) : 1;
  let [squares, fourths] = [0, 0];
  for (let block = 0; block < blocks; block++) {
    // As far as the estimate would move without the block: exact for means, and careful with large blocks.
    const moved = owed[block]! / unit / (1 - sizes[block]! / rows);
    squares += moved ** 2;
    fourths += moved ** 4;
  }
  if (squares === 0) return { error: 0, degrees: blocks - 1 };
  const error = Math.sqrt(((blocks - 1) / blocks) * squares) * unit;
  const kurtosis = (blocks * fourths) / squares ** 2;
  // Satterthwaite's: as many as a variance of normal numbers has that is known as well as this one.
  return { error, degrees: Math.min(blocks - 1, (2 * blocks) / Math.max(1e-9, kurtosis - 1)) };
}

/**
 * Prepares a model's scores; what comes back says what the truth of a metric lies between, by the same intervals. Null
 * where the metric is undefined, and where all rows are in one block.
 */
export function createIntervals({
  labels,
  scores,
  blocks,
  costs,
}: {
  labels: Float64Array;
  scores: Float64Array;
  blocks: ArrayLike<number>;
  costs?: ClassCosts | null | undefined;
}) {
  const { blockOf, sizes } = numberBlocks(blocks);
  const scored = createScored(scores, labels, costs);
  return (metric: MetricName, level = LEVEL): Interval | null => {
    const {
      of,
      influence,
      range: [least, most],
    } = metricKinds[metric];
    const value = of(scored);
    if (value === null || sizes.length < 2) return null;
    const owed = new Float64Array(sizes.length);
    for (const [row, each] of influence(scored).entries()) owed[blockOf[row]!]! += each;
    const reach = reachOf(spreadOf(owed, sizes, labels.length), level);
    return { low: Math.max(least, value - reach), high: Math.min(most, value + reach), level };
  };
}

/** Blocks by number from 0 up, and how many rows each has. */
export function numberBlocks(names: ArrayLike<number>): { blockOf: Int32Array; sizes: Int32Array } {
  const { order, ends } = rank(names);
  const blockOf = new Int32Array(names.length);
  const sizes: number[] = [];
  let [block, size] = [0, 0];
  for (let i = 0; i < order.length; i++) {
    blockOf[order[i]!] = block;
    size++;
    if (ends[i] === 0) continue;
    sizes.push(size);
    [block, size] = [block + 1, 0];
  }
  return { blockOf, sizes: Int32Array.from(sizes) };
}
