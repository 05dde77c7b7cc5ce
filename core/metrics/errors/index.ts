import { LEVEL, numberBlocks, reachOf, spreadOf, type Interval } from '../difference.ts';
import { absoluteErrorOf } from '../scored.ts';
import type { Span } from '../../model/calibration/interval.ts';

/** Measures of estimates besides those that a gate can use, in the order of tables. */
export const errorKinds = {
  medianAbsoluteError: { title: 'median absolute error' },
  mape: { title: 'mean absolute percentage error' },
  smape: { title: 'symmetric mean absolute percentage error' },
  coverage: { title: 'share of labels within their interval' },
  width: { title: 'mean width of intervals' },
} satisfies Record<string, { title: string }>;
export type ErrorName = keyof typeof errorKinds;
export const errorNames = Object.keys(errorKinds) as ErrorName[];

/** A measure that is undefined is missing. */
export type ErrorMeasures = Partial<Record<ErrorName, Interval & { value: number }>>;

interface Estimated {
  /** What the label of an estimate is to lie between, if that is known. */
  interval?: ((estimate: number) => Span) | null;
  scores: ArrayLike<number>;
  labels: ArrayLike<number>;
  blocks: ArrayLike<number>;
}

/**
 * - Half of the rows are nearer than the median absolute error, whatever a few far ones do.
 * - MAPE is a share of the label: undefined where a label is 0.
 * - sMAPE is a share of the mean of label and estimate, from 0 to 2; nothing for nothing is no error.
 *   https://en.wikipedia.org/wiki/Symmetric_mean_absolute_percentage_error
 * - Coverage and width are of the intervals that come with estimates: how often they hold the label, and how wide they are.
 */
export function errorsOf({ scores, labels, blocks, interval }: Estimated, level = LEVEL): ErrorMeasures {
  const rows = labels.length;
  const { blockOf, sizes } = numberBlocks(blocks);
  if (sizes.length < 2) return {}; // rows of one block say nothing about another
  const each = (of: (estimate: number, label: number) => number): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => of(scores[row]!, labels[row]!));
  const reach = (costs: Float64Array, mean: number): number => {
    const owed = new Float64Array(sizes.length);
    for (const [row, cost] of costs.entries()) owed[blockOf[row]!]! += (cost - mean) / rows;
    return reachOf(spreadOf(owed, sizes, rows), level);
  };
  const meanOf = (costs: Float64Array, most = Infinity): Interval & { value: number } => {
    const value = costs.reduce((sum, cost) => sum + cost, 0) / rows;
    const far = reach(costs, value);
    return { value, low: Math.max(0, value - far), high: Math.min(most, value + far), level };
  };
  const distances = each(absoluteErrorOf);
  const hasZero = Array.prototype.some.call(labels, (label: number) => label === 0);
  return {
    medianAbsoluteError: medianOf(),
    ...(!hasZero && { mape: meanOf(each((estimate, label) => Math.abs((label - estimate) / label))) }),
    smape: meanOf(each(apart), 2),
    ...(interval && intervalMeasures(interval)),
  };

  function intervalMeasures(spanOf: (estimate: number) => Span): Pick<ErrorMeasures, 'coverage' | 'width'> {
    const held = each((estimate, label) => {
      const { low, high } = spanOf(estimate);
      return label >= low && label <= high ? 1 : 0;
    });
    const widths = each((estimate) => {
      const { low, high } = spanOf(estimate);
      return high - low;
    });
    return { coverage: meanOf(held, 1), width: meanOf(widths) };
  }

  /** Woodruff's interval: from how well the share of rows below is known. JASA 47, 1952. */
  function medianOf(): Interval & { value: number } {
    const sorted = distances.toSorted();
    const value = (sorted[(rows - 1) >> 1]! + sorted[rows >> 1]!) / 2;
    const below = distances.map((distance) => (distance < value ? 1 : distance === value ? 0.5 : 0));
    const far = reach(below, below.reduce((sum, each) => sum + each, 0) / rows);
    const at = (share: number): number => sorted[Math.min(rows - 1, Math.max(0, Math.round(share * (rows - 1))))]!;
    return { value, low: at(0.5 - far), high: at(0.5 + far), level };
  }
}

function apart(estimate: number, label: number): number {
  const size = Math.abs(estimate) + Math.abs(label);
  return size === 0 ? 0 : (2 * Math.abs(estimate - label)) / size;
}
