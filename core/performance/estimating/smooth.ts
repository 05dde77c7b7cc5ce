import { factorise, solve } from '../../base/cholesky.ts';

/** Neighbouring groups of a column of numbers, by the means of their values. */
export interface Neighbours {
  /** The place of the first among all groups. */
  first: number;
  means: readonly number[];
}

export interface Beside {
  /** How many rows are in both of two groups, a line for each; and what the rows of each sum up to. */
  products: Float64Array;
  sums: Float64Array;
  rows: number;
  /** The sum of the squares of all rows. */
  squares: number;
}

/** Before rows are looked at, what neighbours add may bend in each, over a few, or hardly: each is as likely. */
const STIFF = [0.01, 1, 16];
/** So much of what rows are stays unexplained, or rounding would make one stiffness infinitely likely. */
const LEAST_LEFT = 1e-12;
/** So many groups let a column bend within one of them at a stiffness of 1; of more, it bends within as large a part. */
const GROUPS = 16;

/**
 * What each group adds: least squares, drawn to nothing by a prior in rows, and of three neighbours the middle one to the
 * line between the others, as firmly as makes the rows likeliest. https://en.wikipedia.org/wiki/Smoothing_spline
 */
export function fitSmoothly(beside: Beside, prior: number, columns: readonly Neighbours[]): Float64Array {
  const { products, sums, rows, squares } = beside;
  const width = sums.length;
  if (!(squares > 0)) return new Float64Array(width); // there is nothing to explain, but for rounding
  let best: { adds: Float64Array; evidence: number } = { adds: new Float64Array(width), evidence: -Infinity };
  let noise: number | undefined;
  for (const stiff of STIFF) {
    const matrix = products.slice();
    for (let i = 0; i < width; i++) matrix[i * width + i]! += prior;
    let evidence = 0; // the logarithm of how likely the rows are, less what all have in common
    for (const { first, means } of columns) {
      const size = means.length;
      const before = new Float64Array(size ** 2);
      for (let i = 0; i < size; i++) before[i * size + i] = prior;
      bend(means, (stiff * (size / GROUPS) ** 4 * rows) / size, (one, other, by) => {
        before[one * size + other]! += by;
        matrix[(first + one) * width + first + other]! += by;
      });
      factorise(before, size);
      for (let i = 0; i < size; i++) evidence += Math.log(before[i * size + i]!);
    }
    factorise(matrix, width); // there is one: the prior is added to each
    const adds = solve(matrix, sums);
    let explained = 0;
    for (let i = 0; i < width; i++) {
      explained += adds[i]! * sums[i]!;
      evidence -= Math.log(matrix[i * width + i]!);
    }
    noise ??= Math.max(LEAST_LEFT * squares, squares - explained) / rows;
    evidence += explained / noise / 2;
    if (evidence > best.evidence) best = { adds, evidence };
  }
  return best.adds;
}

/** The square of how far each middle one is from the line between its neighbours. */
function bend(means: readonly number[], much: number, add: (one: number, other: number, by: number) => void): void {
  for (let middle = 1; middle + 1 < means.length; middle++) {
    const [low, its, high] = [means[middle - 1]!, means[middle]!, means[middle + 1]!];
    if (!(low < its && its < high)) continue; // a group without a row has no mean
    const near = (high - its) / (high - low);
    const weights = [-near, 1, near - 1];
    for (const [one, of] of weights.entries())
      for (const [other, by] of weights.entries()) add(middle - 1 + one, middle - 1 + other, much * of * by);
  }
}
