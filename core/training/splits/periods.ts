import type { Instant } from '../../time/time.ts';
import type { SplitName, Splits } from '../training.ts';

/** When each split begins and ends: the embargoes between are in none. */
export const periodsOf = ({
  from,
  selection,
  calibration,
  holdout,
  to,
  ends,
}: Splits): Record<SplitName, [Instant, Instant]> => ({
  train: [from, ends?.train ?? selection],
  selection: [selection, ends?.selection ?? calibration],
  calibration: [calibration, ends?.calibration ?? holdout],
  holdout: [holdout, to],
});
