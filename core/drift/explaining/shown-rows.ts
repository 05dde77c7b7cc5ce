import { LONGEST_TOLD, shortened } from '../../base/shortened.ts';
import { binOfNumber, isCountable, type ColumnBins } from '../../data/profiles/binning.ts';
import { total, type ColumnProfile } from '../../data/profiles/profile.ts';
import type { Row, Value } from '../../data/data.ts';
import type { Instant } from '../../time/time.ts';
import { groupNumbers } from '../group.ts';

/** A row of a window. */
export interface WindowRow {
  /** Of the prediction; null: nobody asked for one. */
  id: string | null;
  key: string;
  entity: string | null;
  time: Instant;
  row: Row;
}

/**
 * A row that shows how a column moved. A sensitive key or entity is absent; `value`, too, in verdicts of earlier releases,
 * which showed such rows of sensitive columns.
 */
export interface ShownRow extends Partial<Pick<WindowRow, 'id' | 'key' | 'entity'>>, Pick<WindowRow, 'time'> {
  value?: Value;
}

const MOST_SHOWN = 3;
/** Of all rows; less is not worth a line. */
const LEAST = 0.005;

/** Rows whose value is among those that gained rows, most first, then in the order given; of each entity one. */
export function rowsThatShow(
  { column, bins, ...sides }: { column: string; bins: ColumnBins; reference: ColumnProfile; current: ColumnProfile },
  rows: readonly WindowRow[],
): ShownRow[] {
  const gainOf = gains(bins, sides);
  const gained = rows
    .map((row) => ({ ...row, value: row.row[column] ?? null }))
    .map((row) => ({ ...row, gain: gainOf(row.value) }))
    .filter(({ gain }) => gain >= LEAST)
    .sort((a, b) => b.gain - a.gain);
  const shown = new Map<string, ShownRow>();
  for (const { id, key, entity, time, value } of gained) {
    const of = entity ?? key;
    if (!shown.has(of)) shown.set(of, { id, key, entity, time, value: toldOf(value) });
    if (shown.size === MOST_SHOWN) break;
  }
  return [...shown.values()];
}

const toldOf = (value: Value): Value => (typeof value === 'string' ? shortened(value, LONGEST_TOLD) : value);

/** By how much the share of all rows that a value's group has is larger than it was. */
function gains(
  bins: ColumnBins,
  { reference, current }: { reference: ColumnProfile; current: ColumnProfile },
): (value: Value) => number {
  const groupOf = bins.kind === 'number' ? groupNumbers(reference.counts) : reference.counts.map((_, bin) => bin);
  const sharesOf = ({ counts, nulls }: ColumnProfile) => {
    const all = Math.max(1, total(counts) + nulls);
    const byGroup = Array.from({ length: Math.max(...groupOf) + 1 }, () => 0);
    counts.forEach((rows, bin) => (byGroup[groupOf[bin]!]! += rows / all));
    return { byGroup, nulls: nulls / all };
  };
  const [before, after] = [sharesOf(reference), sharesOf(current)];
  const binOf = (value: Value): number | null => {
    if (bins.kind === 'number') return isCountable(value) ? binOfNumber(bins.edges, value) : null;
    if (value === null) return null;
    const level = bins.levels.indexOf(String(value));
    return level < 0 ? bins.levels.length : level;
  };
  return (value) => {
    const bin = binOf(value);
    if (bin === null) return after.nulls - before.nulls;
    const group = groupOf[bin]!;
    return after.byGroup[group]! - before.byGroup[group]!;
  };
}
