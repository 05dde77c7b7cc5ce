import { limitsOf, type Column } from '../columns/index.ts';
import type { ColumnBins } from '../data/profiles/binning.ts';
import { total, type ColumnProfile } from '../data/profiles/profile.ts';
import type { ColumnDrift } from './verdict.ts';

/** Of fewer rows a single value would be a share to speak of. */
const FEWEST_ROWS = 100;
/** The mean of many values at the limit is a little off it. */
const ROUNDING = 1e-6;

/**
 * The shares of rows whose value is outside the declared limits, as far as counts tell; undefined where nothing is
 * declared, or few rows came. An outer bin counts when its mean is beyond the limit.
 */
export function outsideOf(
  declared: Column,
  bins: ColumnBins,
  { reference, current }: { reference: ColumnProfile; current: ColumnProfile },
): ColumnDrift['outside'] {
  if (total(current.counts) + current.nulls < FEWEST_ROWS) return undefined;
  const { min = -Infinity, max = Infinity, levels } = limitsOf(declared);
  if (bins.kind === 'category') {
    // A declared level that the binning does not know counts with those that are not declared.
    if (!levels || levels.some((level) => !bins.levels.includes(level))) return undefined;
    const undeclared = bins.levels.map((level) => !levels.includes(level)).concat(true);
    return { reference: shareOf(reference, undeclared), current: shareOf(current, undeclared) };
  }
  if (min === -Infinity && max === Infinity) return undefined;
  const [least, most] = [min - ROUNDING * Math.abs(min), max + ROUNDING * Math.abs(max)];
  const outside = ({ counts, sums }: ColumnProfile): boolean[] =>
    counts.map((count, bin) => count > 0 && (sums[bin]! / count < least || sums[bin]! / count > most));
  return {
    reference: shareOf(reference, outside(reference)),
    current: shareOf(current, outside(current)),
  };
}

function shareOf({ counts, nulls }: ColumnProfile, chosen: readonly boolean[]): number {
  const rows = total(counts) + nulls;
  return rows === 0 ? 0 : total(counts.filter((_, bin) => chosen[bin])) / rows;
}
