/** What makes a split worth its leaf. */
export interface SplitRules {
  /** The least rows of a child, estimated from its share of the hessians. */
  minRows: number;
  minHessian: number;
  l2: number;
}

/** Sums over a leaf's rows, and the bounds that monotonic columns above it set for its value. */
export interface LeafSums {
  rows: number;
  gradient: number;
  hessian: number;
  l2: number;
  low: number;
  high: number;
}

type LeafBounds = Pick<LeafSums, 'l2' | 'low' | 'high'>;

/** A column's sums in a leaf: of each bin the gradients and hessians, from `at` on. */
export interface ColumnSums {
  histogram: Float64Array;
  at: number;
  bins: number;
}

export interface Split {
  /** How much it lowers twice the loss. */
  gain: number;
  /** The bins that go left, as 256 bits. */
  set: Uint32Array<ArrayBuffer>;
  /** Sums over the rows that go left. */
  gradient: number;
  hessian: number;
  /** Of both children. */
  l2: number;
}

/** Sums of less than this are what rounding left. */
export const NO_HESSIAN = 1e-9;

/** The value of a leaf: what lowers its rows' loss most, within its bounds. */
export function valueOf(gradient: number, hessian: number, { l2, low, high }: LeafBounds): number {
  if (hessian + l2 <= NO_HESSIAN) return Math.max(low, Math.min(high, 0));
  return Math.max(low, Math.min(high, -gradient / (hessian + l2)));
}

/** How much a leaf lowers twice the loss by its value. */
export function worthOf(gradient: number, hessian: number, leaf: LeafBounds): number {
  const value = valueOf(gradient, hessian, leaf);
  return -(2 * gradient + (hessian + leaf.l2) * value) * value;
}

/** The least hessian that stands for enough rows: hessians are summed, rows are not. */
export const leastHessian = ({ rows, hessian }: LeafSums, { minRows, minHessian }: SplitRules, wanted = minRows) =>
  Math.max(minHessian, ((wanted - 0.5) * hessian) / rows);
