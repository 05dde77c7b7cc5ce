import type { ColumnBins } from '../data/profiles/binning.ts';
import { moments, total, type ColumnProfile } from '../data/profiles/profile.ts';
import type { ColumnDrift } from './verdict.ts';

/** Of fewer values one may be most of them by chance. */
const FEWEST = 100;
/** So many values are one and the same, */
const NEARLY_ALL = 0.95;
/**
 * which at most so many were before: the default of a column that is often empty says nothing, nor does the one level or
 * round number that all rows of a day may have, as its weekday.
 */
const SELDOM = { amongMany: 0.2, itself: 0.05 };
/** A column had many values if so many bins had at least such a share: a flag that all rows have now is news of the world. */
const [MANY, OF_VALUES] = [5, 0.01] as const;
/** Equal values differ by no more, as shares of the variance that was, and of the squared mean: sums are rounded. */
const [OF_VARIANCE, OF_SQUARE] = [1e-6, 1e-11] as const;

/**
 * How many values are the one that nearly all are now, and at most how many were before; undefined where values differ, or
 * a column never had many.
 */
export function stuckOf(
  bins: ColumnBins,
  { reference, current }: { reference: ColumnProfile; current: ColumnProfile },
): ColumnDrift['stuck'] {
  const [before, now] = [total(reference.counts), total(current.counts)];
  if (before === 0 || now < FEWEST) return undefined;
  if (reference.counts.filter((rows) => rows >= OF_VALUES * before).length < MANY) return undefined;
  const bin = current.counts.indexOf(Math.max(...current.counts));
  const shares = { reference: reference.counts[bin]! / before, current: current.counts[bin]! / now };
  const variance = moments(reference)?.variance ?? 0;
  const isOne = ({ counts, sums, squares }: ColumnProfile): boolean => {
    if (bins.kind === 'category') return bin < bins.levels.length; // the last bin has all unknown levels
    const mean = sums[bin]! / counts[bin]!;
    return squares[bin]! / counts[bin]! - mean ** 2 <= OF_VARIANCE * variance + OF_SQUARE * mean ** 2;
  };
  if (shares.current < NEARLY_ALL || !isOne(current)) return undefined;
  const seldom = reference.counts[bin]! > 0 && isOne(reference) ? SELDOM.itself : SELDOM.amongMany;
  return shares.reference > seldom ? undefined : shares;
}
