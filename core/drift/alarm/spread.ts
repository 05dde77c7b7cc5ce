import type { HourSums } from './alarm.ts';
import type { Contrast, Sums } from './contrasts.ts';
import type { AlarmState } from './state.ts';

/** Ranks from -1 to 1 whose mean is off by `m` are further from the middle by this much of `m` squared, if normal rows moved. */
const OF_MEAN = 0.5;

/** What an hour's rows add up to in a contrast; how spread out they are is told around their own mean. */
export const sumsAt = ({ of }: Contrast, place: number, { sums }: HourSums): Sums =>
  // A column's location comes before its spread.
  of === 'spread' ? aroundMean(sums[place]!, sums[place - 1]!) : sums[place]!;

/** The same for a state; one of an earlier release knows what spreads are around the middle. */
export const seenBy = (state: AlarmState, contrasts: readonly Contrast[], hour: HourSums): HourSums => ({
  time: hour.time,
  sums: contrasts.map((contrast, i) =>
    state.contrasts[contrast.id]?.past.aroundMean ? sumsAt(contrast, i, hour) : hour.sums[i]!,
  ),
});

/** Each row less what the hour's mean adds: its square, without what chance adds to that. */
function aroundMean({ rows, sum, squares }: Sums, ranks: Sums): Sums {
  if (rows < 2) return { rows, sum, squares };
  const total = 2 * ranks.sum - rows;
  const ofRows = 4 * ranks.squares - 4 * ranks.sum + rows;
  const added = (OF_MEAN * (total * total - ofRows)) / (rows * (rows - 1));
  return { rows, sum: sum - rows * added, squares: squares - 2 * added * sum + rows * added * added };
}
