import type { MetricName } from '../declaration/pipeline.ts';
import { createRandom, type Random } from '../base/random.ts';
import type { Difference } from '../training/training.ts';
import { brierOf } from './brier.ts';
import { logLossOf } from './log-loss.ts';
import { checkLabels, gain } from './metrics.ts';
import { absoluteErrorOf, checkNumbers, squaredErrorOf } from './numbers.ts';
import { rank } from './ranking.ts';
import { drawnAveragePrecision, drawnRocAuc, pack } from './resampled.ts';

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
 * alike, so blocks are drawn whole: drawing rows would make the interval too narrow. A single block is drawn by rows,
 * there being nothing else to draw. Null where the metric has no meaning.
 * Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapters 8 and 13.
 */
export function differenceByBootstrap(comparison: Comparison): Difference | null {
  const { metric, seed, resamples = resamplesFor(comparison.labels.length) } = comparison;
  const labels = Float64Array.from(comparison.labels);
  const check = isOfNumbers(metric) ? checkNumbers : checkLabels;
  check(comparison.challenger, comparison.labels);
  check(comparison.champion, comparison.labels);
  if (comparison.blocks.length !== labels.length)
    throw new RangeError(`There are ${comparison.blocks.length} blocks for ${labels.length} rows`);

  const { blockOf, blocks } = number(comparison.blocks);
  const difference = isOfNumbers(metric)
    ? createErrorDifference(comparison, labels, blockOf, blocks)
    : createDifference(comparison, labels, blockOf, blocks);
  const estimate = difference(new Int32Array(blocks).fill(1));
  if (estimate === null) return null;

  const random = createRandom(seed);
  const differences: number[] = [];
  for (let i = 0; i < resamples; i++) {
    // A draw without positives says nothing about either model, and is left out.
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

/** The difference of the metric when every block counts as often as `times` says. Rows are sorted here, once. */
function createDifference(
  { metric, challenger, champion }: Comparison,
  labels: Float64Array,
  blockOf: Int32Array,
  blocks: number,
): (times: Int32Array) => number | null {
  if (metric === 'logLoss' || metric === 'brier') {
    // These are means over rows, so a block is known by its sum.
    const cost = metric === 'logLoss' ? logLossOf : brierOf;
    const [rows, gains] = [new Float64Array(blocks), new Float64Array(blocks)];
    blockOf.forEach((block, row) => {
      rows[block]!++;
      gains[block]! += gain(metric, cost(challenger[row]!, labels[row]!), cost(champion[row]!, labels[row]!));
    });
    return (times) => {
      let [count, sum] = [0, 0];
      for (let block = 0; block < blocks; block++) {
        count += times[block]! * rows[block]!;
        sum += times[block]! * gains[block]!;
      }
      return count === 0 ? null : sum / count;
    };
  }
  const measure = metric === 'averagePrecision' ? drawnAveragePrecision : drawnRocAuc;
  const [ours, theirs] = [pack(challenger, labels, blockOf), pack(champion, labels, blockOf)];
  return (times) => {
    const [mine, others] = [measure(ours, times), measure(theirs, times)];
    return mine === null || others === null ? null : gain(metric, mine, others);
  };
}

const isOfNumbers = (metric: MetricName): boolean => metric === 'rmse' || metric === 'mae' || metric === 'r2';

/** The same for labels that are numbers: errors add up over rows, so a block is known by its sums. */
function createErrorDifference(
  { metric, challenger, champion }: Comparison,
  labels: Float64Array,
  blockOf: Int32Array,
  blocks: number,
): (times: Int32Array) => number | null {
  const error = metric === 'mae' ? absoluteErrorOf : squaredErrorOf;
  // Around their mean: squares of labels far from zero would leave no digits for how these differ.
  const centre = labels.reduce((sum, label) => sum + label, 0) / Math.max(1, labels.length);
  const sums = () => new Float64Array(blocks);
  const [rows, ours, theirs, total, squares] = [sums(), sums(), sums(), sums(), sums()];
  blockOf.forEach((block, row) => {
    const label = labels[row]!;
    rows[block]!++;
    ours[block]! += error(challenger[row]!, label);
    theirs[block]! += error(champion[row]!, label);
    total[block]! += label - centre;
    squares[block]! += (label - centre) ** 2;
  });
  return (times) => {
    let [count, mine, others, sum, square] = [0, 0, 0, 0, 0];
    for (let block = 0; block < blocks; block++) {
      const drawn = times[block]!;
      count += drawn * rows[block]!;
      mine += drawn * ours[block]!;
      others += drawn * theirs[block]!;
      sum += drawn * total[block]!;
      square += drawn * squares[block]!;
    }
    if (count === 0) return null;
    if (metric === 'mae') return (others - mine) / count;
    if (metric === 'rmse') return Math.sqrt(others / count) - Math.sqrt(mine / count);
    const variance = square - (sum * sum) / count;
    return variance <= 0 ? null : (others - mine) / variance;
  };
}

/** Blocks by number, from 0 up in the order of what named them: the order in which rows came in changes nothing. */
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

/** 400, and fewer of very many rows, whose interval is narrow and steady anyway. */
const resamplesFor = (rows: number): number => Math.max(100, Math.min(400, Math.floor(20_000_000 / Math.max(1, rows))));
