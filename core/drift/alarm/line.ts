/** Sums over looks of how many independent rows each had, and of its squared error as a multiple of what such rows vary by. */
export interface LineSums {
  looks: number;
  sizes: number;
  squares: number;
  squaredSizes: number;
  sizedErrors: number;
}
export const noLine = (): LineSums => ({ looks: 0, sizes: 0, squares: 0, squaredSizes: 0, sizedErrors: 0 });

/** What a look is taken to show before any was seen. */
export interface Prior {
  size: number;
  error: number;
}
/** What is not known yet is taken from elsewhere, as firmly as so many looks would tell. */
export const BORROWED = 10;

export function addToLine(to: LineSums, keeps: number, size: number, square: number): void {
  to.looks = to.looks * keeps + 1;
  to.sizes = to.sizes * keeps + size;
  to.squares = to.squares * keeps + square;
  to.squaredSizes = to.squaredSizes * keeps + size ** 2;
  to.sizedErrors = to.sizedErrors * keeps + size * square;
}

/**
 * By hours with few rows and with many: a line through errors by size, which says more the more sizes differ. What grows
 * with the size varies by hour, the rest by row.
 */
export function lineOf(sums: LineSums, prior: Prior): { slope: number; rest: number } {
  const looks = sums.looks + BORROWED;
  const size = (sums.sizes + BORROWED * prior.size) / looks;
  const error = (sums.squares + BORROWED * prior.error) / looks;
  const covariance = (sums.sizedErrors + BORROWED * prior.size * prior.error) / looks - size * error;
  const variance = (sums.squaredSizes + BORROWED * prior.size ** 2) / looks - size * size;
  const slope = Math.min(Math.max(0, error - 1) / size, Math.max(0, covariance) / (variance + 0.02 * size * size));
  return { slope, rest: Math.max(1, error - slope * size) };
}
