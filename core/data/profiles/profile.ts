import { binCount, binOfNumber, isCountable, SCORE, type Binning } from './binning.ts';
import type { Row } from '../data.ts';
import { own } from '../../base/own.ts';
import { placeOfAnswer } from '../../metrics/answer.ts';
import { addPromise, addPromises, type Promised } from './promised.ts';

/** Additive statistics of one column in one binning. Sums per bin keep moments exact; a category has none. */
export interface ColumnProfile {
  counts: number[];
  sums: number[];
  squares: number[];
  nulls: number;
}

/** Statistics of a set of rows in one binning: two profiles of the same binning add up. */
export interface Profile {
  binning: string;
  rows: number;
  columns: Record<string, ColumnProfile>;
  /** Of rows that a model of classes scored; absent in profiles of earlier releases. */
  promised?: Promised;
}

export function emptyProfile(binning: Binning): Profile {
  const columns = Object.entries(binning.columns).map(([column, bins]): [string, ColumnProfile] => {
    const zeros = (): number[] => Array.from({ length: binCount(bins) }, () => 0);
    const sums = bins.kind === 'number';
    return [column, { counts: zeros(), sums: sums ? zeros() : [], squares: sums ? zeros() : [], nulls: 0 }];
  });
  return { binning: binning.id, rows: 0, columns: Object.fromEntries(columns) };
}

/**
 * Counts one row into `profile`. A missing value, or one that is not countable in a column of numbers, counts as null.
 * Only a missing score is not counted: unscored rows have none. `probabilities` are those of classes, one of which is the score.
 */
export function countRow(profile: Profile, binning: Binning, row: Row, probabilities?: ArrayLike<number> | null): void {
  profile.rows++;
  const promised =
    probabilities && addPromise(profile.promised, probabilities, placeOfAnswer(Number(row[SCORE]), probabilities));
  if (promised) profile.promised = promised;
  for (const { column, edges, levels } of lookupsOf(binning)) {
    const into = profile.columns[column]!;
    const value = row[column];
    if (edges !== null) {
      if (isCountable(value)) {
        const bin = binOfNumber(edges, value);
        into.counts[bin]!++;
        into.sums[bin]! += value;
        into.squares[bin]! += value * value;
      } else if (column !== SCORE || value !== undefined) into.nulls++;
      // Under a column name like "constructor" every object has a function, which is not a value.
    } else if (value === null || value === undefined || typeof value === 'function') into.nulls++;
    else into.counts[levels.get(String(value)) ?? levels.size]!++;
  }
}

interface Lookup {
  column: string;
  /** Null for a category. */
  edges: Float64Array | null;
  levels: Map<string, number>;
}

// Built once per binning: a prediction server counts thousands of rows a second.
const lookups = new WeakMap<Binning, Lookup[]>();

function lookupsOf(binning: Binning): Lookup[] {
  let known = lookups.get(binning);
  if (known === undefined) {
    known = Object.entries(binning.columns).map(([column, bins]) => ({
      column,
      edges: bins.kind === 'number' ? Float64Array.from(bins.edges) : null,
      levels: new Map(bins.kind === 'category' ? bins.levels.map((level, i) => [level, i]) : []),
    }));
    lookups.set(binning, known);
  }
  return known;
}

/** The profile of both sets of rows together. A column that only one of them has (a score, say) is kept unchanged. */
export function addProfiles(a: Profile, b: Profile): Profile {
  if (a.binning !== b.binning)
    throw new RangeError(`Only profiles of one binning can be added; these are in ${a.binning} and ${b.binning}`);
  const columns: Record<string, ColumnProfile> = { ...a.columns };
  for (const [column, more] of Object.entries(b.columns)) {
    const has = own(columns, column);
    columns[column] = has === undefined ? more : addColumns(has, more);
  }
  const promised = addPromises(a.promised, b.promised);
  return { binning: a.binning, rows: a.rows + b.rows, columns, ...(promised && { promised }) };
}

export const addColumns = (a: ColumnProfile, b: ColumnProfile): ColumnProfile => ({
  counts: added(a.counts, b.counts),
  sums: added(a.sums, b.sums),
  squares: added(a.squares, b.squares),
  nulls: a.nulls + b.nulls,
});

/** As if each row had come so many times. */
export function scaledColumn(column: ColumnProfile, by: number): ColumnProfile {
  if (by === 1) return column;
  const times = (values: readonly number[]): number[] => values.map((value) => value * by);
  const { counts, sums, squares, nulls } = column;
  return { counts: times(counts), sums: times(sums), squares: times(squares), nulls: nulls * by };
}

// Loops, as a check adds up a hundred thousand numbers: several times as fast as with a function for each.
function added(a: readonly number[], b: readonly number[]): number[] {
  const sum = a.slice();
  for (let i = 0; i < sum.length; i++) sum[i]! += b[i]!;
  return sum;
}

export function total(numbers: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!;
  return sum;
}

/** Mean and (population) variance of a column of numbers, exact and not from bins; null without a value. */
export function moments(column: ColumnProfile): { rows: number; mean: number; variance: number } | null {
  const rows = total(column.counts);
  if (rows === 0 || column.sums.length === 0) return null;
  const mean = total(column.sums) / rows;
  // Rounding can push the difference of two large squares just below zero.
  return { rows, mean, variance: Math.max(0, total(column.squares) / rows - mean * mean) };
}
