import { createRandom, type Random } from '../base/random.ts';
import { metricKinds, type MetricName } from './index.ts';
import { rank } from './ranking.ts';
import { checkScored } from './scored.ts';

/** Difference of a metric (challenger less champion, signed so that more is better) with its 95 % interval. */
export interface Difference {
  metric: MetricName;
  estimate: number;
  low: number;
  high: number;
}

export interface Comparison {
  metric: MetricName;
  labels: ArrayLike<number>;
  /** Scores of the same rows by either model. */
  challenger: ArrayLike<number>;
  champion: ArrayLike<number>;
  /** A number for the day or entity of each row. */
  blocks: ArrayLike<number>;
  seed: number | string;
  resamples?: number;
}

/**
 * How much better the challenger is, with the 95 % interval of a paired bootstrap (percentiles). Rows of one block are
 * alike, so blocks are drawn whole: drawing rows would make the interval too narrow. With a single block, rows are
 * drawn instead. Null where the metric is undefined.
 * Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapters 8 and 13.
 */
export function differenceByBootstrap(comparison: Comparison): Difference | null {
  const { metric, seed, resamples = resamplesFor(comparison.labels.length) } = comparison;
  const labels = Float64Array.from(comparison.labels);
  const { challenger, champion } = comparison;
  const { label, better, resample } = metricKinds[metric];
  for (const scores of [challenger, champion]) checkScored[label](scores, labels);
  if (comparison.blocks.length !== labels.length)
    throw new RangeError(`There are ${comparison.blocks.length} blocks for ${labels.length} rows`);

  const { blockOf, blocks } = number(comparison.blocks);
  const redraw = resample({ labels, challenger, champion, blockOf, blocks });
  const difference = (times: Int32Array): number | null => {
    const found = redraw(times);
    return found === null || better === 'higher' ? found : 0 - found; // never -0
  };
  const estimate = difference(new Int32Array(blocks).fill(1));
  if (estimate === null) return null;

  const random = createRandom(seed);
  const differences: number[] = [];
  for (let i = 0; i < resamples; i++) {
    // A draw without positives shows nothing about either model, and is skipped.
    const drawn = difference(drawBlocks(blocks, random));
    if (drawn !== null) differences.push(drawn);
  }
  differences.sort((a, b) => a - b);
  return {
    metric,
    estimate,
    low: quantile(differences, 0.025) ?? estimate,
    high: quantile(differences, 0.975) ?? estimate,
  };
}

/** How often each block was drawn, in as many draws as there are blocks. */
function drawBlocks(blocks: number, random: Random): Int32Array {
  const times = new Int32Array(blocks);
  for (let i = 0; i < blocks; i++) times[random.integer(blocks)]!++;
  return times;
}

/** Blocks by number, from 0 up in the order of their names, so the order of rows does not matter. */
function number(names: ArrayLike<number>): { blockOf: Int32Array; blocks: number } {
  const rows = names.length;
  const { order, ends } = rank(names);
  const blockOf = new Int32Array(rows);
  let blocks = 0;
  for (let i = rows - 1; i >= 0; i--) {
    if (ends[i] === 1) blocks++;
    blockOf[order[i]!] = blocks - 1;
  }
  return blocks === 1 ? { blockOf: Int32Array.from(order.keys()), blocks: rows } : { blockOf, blocks };
}

/** Between the two nearest of sorted values, as numpy.percentile does; null of nothing. */
function quantile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null;
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return low + (place - below) * (high - low);
}

/** 400, and fewer for very many rows, whose interval is narrow and stable anyway. */
const resamplesFor = (rows: number): number => Math.max(100, Math.min(400, Math.floor(20_000_000 / Math.max(1, rows))));
