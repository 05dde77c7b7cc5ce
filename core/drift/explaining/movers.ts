import { LONGEST_TOLD, shortened } from '../../base/shortened.ts';
import type { ColumnBins } from '../../data/profiles/binning.ts';
import { total, type ColumnProfile } from '../../data/profiles/profile.ts';
import { groupNumbers } from '../group.ts';

/** A level, a range of values or the nulls, and the shares of rows that they had and have. */
export interface Mover {
  /** Its name, shortened, or its bounds; of a sensitive column only its place. */
  label: string;
  /** Of a range in the order of values, of a level in that of the reference's frequency, from 1; 0: the nulls. */
  place: number;
  reference: number;
  current: number;
}

const MOST_MOVERS = 3;
/** Of all rows; less is not worth a line. */
const LEAST = 0.005;

/** What gained or lost most rows, the furthest first. */
export function moversOf(bins: ColumnBins, reference: ColumnProfile, current: ColumnProfile): Mover[] {
  const [before, after] = [reference, current].map((side) => total(side.counts) + side.nulls);
  const shares = (bin: { reference: number; current: number }) => ({
    reference: bin.reference / before!,
    current: bin.current / after!,
  });
  const all: Mover[] = [
    ...(bins.kind === 'number' ? rangesOf(bins.edges, reference, current) : levelsOf(bins.levels, reference, current)),
    { label: NULLS, place: 0, reference: reference.nulls, current: current.nulls },
  ].map((mover) => ({ ...mover, ...shares(mover) }));
  const by = (mover: Mover): number => Math.abs(mover.current - mover.reference);
  return all
    .filter((mover) => by(mover) >= LEAST)
    .sort((a, b) => by(b) - by(a))
    .slice(0, MOST_MOVERS);
}

const NULLS = 'nulls';

/** moverPlace('category', mover) // => 'level 2', which tells nothing of the values */
export const moverPlace = (kind: ColumnBins['kind'], { place }: Mover): string =>
  place === 0 ? NULLS : `${kind === 'number' ? 'group' : 'level'} ${place}`;

function rangesOf(edges: readonly number[], reference: ColumnProfile, current: ColumnProfile): Mover[] {
  const ranges: Mover[] = [];
  const groupOf = groupNumbers(reference.counts);
  for (let from = 0; from < groupOf.length;) {
    let to = from;
    while (groupOf[to + 1] === groupOf[from]) to++;
    const inside = ({ counts }: ColumnProfile): number => total(counts.slice(from, to + 1));
    ranges.push({
      label: rangeInWords(edges[from - 1], edges[to]),
      place: ranges.length + 1,
      reference: inside(reference),
      current: inside(current),
    });
    from = to + 1;
  }
  return ranges;
}

const digits = (value: number): string => String(Number(value.toPrecision(4)));
function rangeInWords(low: number | undefined, high: number | undefined): string {
  if (low === undefined) return high === undefined ? 'all values' : `below ${digits(high)}`;
  if (high === undefined) return `${digits(low)} and more`;
  return digits(low) === digits(high) ? digits(low) : `${digits(low)} to ${digits(high)}`;
}

function levelsOf(levels: readonly string[], reference: ColumnProfile, current: ColumnProfile): Mover[] {
  const byRows = reference.counts.map((rows, bin) => ({ rows, bin })).sort((a, b) => b.rows - a.rows || a.bin - b.bin);
  return byRows.map(({ rows, bin }, i) => ({
    label: shortened(levels[bin] ?? 'all other levels', LONGEST_TOLD),
    place: i + 1,
    reference: rows,
    current: current.counts[bin]!,
  }));
}
