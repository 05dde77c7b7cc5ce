import type { ColumnBins } from '../data/profiles/binning.ts';
import type { ColumnProfile } from '../data/profiles/profile.ts';
import type { ColumnDrift } from './verdict.ts';

/** Of fewer values some large ones are the mean. */
const FEWEST = 100;
/** A change of a unit is by so many times or more, and growth is not. */
const TIMES = 8;
/**
 * So many more of the values are that much larger, or smaller, than the mean was: a few huge ones, in the window or in the
 * reference, change a mean but no unit. A mean falls so far only when nearly all values do.
 */
const MORE = { larger: 0.05, smaller: 0.2 };

/**
 * How many times as large the values are as they were, on average, without their signs and without zeros; undefined where
 * that may be growth, or chance.
 *
 * rescaledOf(bins, { reference: ofKilograms, current: ofGrams }) // => 1000
 */
export function rescaledOf(
  bins: ColumnBins,
  { reference, current }: { reference: ColumnProfile; current: ColumnProfile },
): ColumnDrift['rescaled'] {
  if (bins.kind === 'category') return undefined;
  const [before, now] = [sizesOf(bins.edges, reference), sizesOf(bins.edges, current)];
  if (before.rows < FEWEST || now.rows < FEWEST) return undefined;
  const times = now.mean / before.mean;
  if (times < TIMES && times > 1 / TIMES) return undefined;
  const isFar = (size: number): boolean => (times > 1 ? size >= TIMES * before.mean : size <= before.mean / TIMES);
  const farOf = ({ bins, rows }: Sizes): number =>
    bins.reduce((sum, bin) => (isFar(bin.size) ? sum + bin.rows : sum), 0) / rows;
  return farOf(now) - farOf(before) >= (times > 1 ? MORE.larger : MORE.smaller) ? times : undefined;
}

interface Sizes {
  rows: number;
  mean: number;
  bins: { rows: number; size: number }[];
}

/** What values are without their signs, on average and by bin. Bins of nothing but zeros are left out: how many are zero is no unit. */
function sizesOf(edges: readonly number[], { counts, sums, squares }: ColumnProfile): Sizes {
  // Signs cancel in the bin around zero, and there the squares are of values that are about alike.
  const isAroundZero = (bin: number): boolean =>
    bin > 0 && bin < edges.length && edges[bin - 1]! < 0 && edges[bin]! > 0;
  const bins = counts.flatMap((rows, bin) =>
    rows > 0 && squares[bin]! > 0
      ? [{ rows, size: isAroundZero(bin) ? Math.sqrt(squares[bin]! / rows) : Math.abs(sums[bin]!) / rows }]
      : [],
  );
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  return { rows, mean: bins.reduce((sum, bin) => sum + bin.rows * bin.size, 0) / rows, bins };
}
