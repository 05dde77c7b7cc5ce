import { SCORE } from '../../data/profiles/binning.ts';
import { errorsOfRows } from '../error-model.ts';
import type { Estimated, Served } from '../estimate.ts';
import type { TallyOfDay } from '../performance-days.ts';
import type { Sums, Tally } from '../tally.ts';
import { around, meanOf } from './likely.ts';

export function estimateNumber(
  holdout: readonly TallyOfDay[],
  { profile, current, errors, before }: Served,
  rows: number,
): Estimated | null {
  if (!errors || !current) return null;
  const now = errorsOfRows(errors, current, profile);
  const known = before && errorsOfRows(errors, before, before.columns[SCORE]!);
  const times = known && known.mae > 0 ? meanOf(holdout, ({ loss }) => loss).mean / known.mae : 1;
  const timesSquares = known && known.mse > 0 ? meanOf(holdout, ({ squares }) => squares).mean / known.mse : 1;
  const [mae, mse, unsure] = [times * now.mae, timesSquares * now.mse, times ** 2 * now.unsure];
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
