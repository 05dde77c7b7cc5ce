import type { ColumnBins } from '../data/profiles/binning.ts';
import { moments, total, type ColumnProfile } from '../data/profiles/profile.ts';
import type { ColumnDrift } from './verdict.ts';

/** Of fewer values one may be most of them by chance. */
const FEWEST = 100;
/** So many values are one and the same, */
const NEARLY_ALL = 0.95;
/** which at most so many were before: the default of a column that is often empty says nothing. */
const SELDOM = 0.2;
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
  if (now < FEWEST || reference.counts.filter((rows) => rows >= OF_VALUES * before).length < MANY) return undefined;
  const bin = current.counts.indexOf(Math.max(...current.counts));
  const shares = { reference: reference.counts[bin]! / before, current: current.counts[bin]! / now };
  if (shares.current < NEARLY_ALL || shares.reference > SELDOM) return undefined;
  return isOneValue(bins, bin, reference, current) ? shares : undefined;
}

function isOneValue(bins: ColumnBins, bin: number, reference: ColumnProfile, current: ColumnProfile): boolean {
  if (bins.kind === 'category') return bin < bins.levels.length; // the last bin has all unknown levels
  const rows = current.counts[bin]!;
  const mean = current.sums[bin]! / rows;
  const variance = current.squares[bin]! / rows - mean ** 2;
  return variance <= OF_VARIANCE * (moments(reference)?.variance ?? 0) + OF_SQUARE * mean ** 2;
}
