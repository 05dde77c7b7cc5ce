import { errorsOfRows } from '../error-model.ts';
import type { Estimated, Served } from '../estimate.ts';
import type { TallyOfDay } from '../performance-days.ts';
import type { Sums, Tally } from '../tally.ts';
import { around, meanOf } from './likely.ts';

export function estimateNumber(
  holdout: readonly TallyOfDay[],
  { profile, current, errors }: Served,
  rows: number,
): Estimated | null {
  if (!errors || !current) return null;
  const { mae, mse, unsure } = errorsOfRows(errors, current, profile);
  // Larger errors vary more.
  const reachOf = (of: (tally: Tally) => Sums, mean: number): number => {
    const before = meanOf(holdout, of);
    return before.mean > 0 ? (mean / before.mean) * before.errorFor(rows) : before.errorFor(rows);
  };
  const distance = Math.hypot(reachOf(({ loss }) => loss, mae), Math.sqrt(unsure)); // prettier-ignore
  const square = Math.hypot(reachOf(({ squares }) => squares, mse), (2 * mse * Math.sqrt(unsure)) / (mae || 1)); // prettier-ignore
  const squared = around(mse, square, holdout.length, [0, Infinity]);
  return {
    metrics: {
      mae: around(mae, distance, holdout.length, [0, Infinity]),
      rmse: { value: Math.sqrt(squared.value), low: Math.sqrt(squared.low), high: Math.sqrt(squared.high) },
    },
  };
}
