import type { HourSums } from './alarm.ts';
import type { Contrast, Sums } from './contrasts.ts';
import type { AlarmState } from './state/state.ts';

/**
 * By how much of the square of their mean the rows of an hour are further from the middle because it moved, beyond what goes
 * along with the mean itself: half of it where ranks have many values, nothing of it in a flag. From the bins of the
 * reference, as logistic rows that move; more than half would be too much for a mean that moved far.
 */
export function ofMeanSquared(ranks: readonly number[], counts: readonly number[]): number {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  // The shares of bins change by these, for a small move and for its square.
  const [first, second] = [[] as number[], [] as number[]];
  const scores = ranks.map((rank) => 2 * rank - 1);
  let before = 0;
  counts.forEach((count, bin) => {
    first.push((count / rows) * scores[bin]!);
    const until = before + count / rows;
    second.push(squared(until) - squared(before));
    before = until;
  });
  const sum = (changes: readonly number[], of: (score: number) => number): number =>
    changes.reduce((all, change, bin) => all + change * of(scores[bin]!), 0);
  const moved = sum(first, (score) => score);
  if (moved === 0) return 0;
  const along = sum(first, Math.abs) / moved;
  const beyond = sum(second, Math.abs) - along * sum(second, (score) => score);
  return Math.min(OF_MEAN, Math.max(0, (beyond / moved ** 2) * (OF_MEAN / OF_LOGISTIC)));
}
/** Normal rows of many values, and logistic ones. */
const [OF_MEAN, OF_LOGISTIC] = [0.5, 9 / 8];
const squared = (share: number): number => share - 3 * share ** 2 + 2 * share ** 3;

/** What an hour's rows add up to in a contrast; how spread out they are is told around their own mean. */
export const sumsAt = ({ ofMean }: Contrast, place: number, { sums }: HourSums): Sums =>
  // A column's location comes before its spread.
  ofMean ? aroundMean(sums[place]!, sums[place - 1]!, ofMean) : sums[place]!;

/** The same for a state; one of an earlier release knows what spreads are around the middle. */
export const seenBy = (state: AlarmState, contrasts: readonly Contrast[], hour: HourSums): HourSums => ({
  time: hour.time,
  sums: contrasts.map((contrast, i) =>
    state.contrasts[contrast.id]?.past.aroundMean ? sumsAt(contrast, i, hour) : hour.sums[i]!,
  ),
});

/** Each row less what the hour's mean adds: its square, without what chance adds to that. */
function aroundMean({ rows, sum, squares }: Sums, ranks: Sums, ofMean: number): Sums {
  if (rows < 2) return { rows, sum, squares };
  const total = 2 * ranks.sum - rows;
  const ofRows = 4 * ranks.squares - 4 * ranks.sum + rows;
  const added = (ofMean * (total * total - ofRows)) / (rows * (rows - 1));
  return { rows, sum: sum - rows * added, squares: squares - 2 * added * sum + rows * added * added };
}
