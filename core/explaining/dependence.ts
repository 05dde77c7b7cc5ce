import type { ColumnChunk } from '../data/chunks.ts';
import type { Value } from '../data/data.ts';
import type { Dependence, DependencePoint } from './insight.ts';
import { scoreVariants, type Score } from './variants.ts';

/** Rows whose scores are averaged. */
const ROWS = 300;
const MOST_LEVELS = 12;
/** A number with no more values than this has a point for each. */
const MOST_VALUES = 24;
const SHARES = [0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975];

/**
 * Partial dependence: the mean score of the same rows, with one column at one value after the other, and how far the
 * rows' own curves part from it. Friedman, "Greedy function approximation", 2001; Goldstein et al., "Peeking inside the
 * black box", 2015: https://doi.org/10.1080/10618600.2014.907095
 */
export function measureDependence(score: Score, chunk: ColumnChunk, column: string): Dependence {
  const rows = Math.min(chunk.rows, ROWS);
  const stride = Math.floor(chunk.rows / Math.max(1, rows));
  const background = Object.fromEntries(
    Object.entries(chunk.columns).map(([name, values]) => [
      name,
      Array.from({ length: rows }, (_, i) => values[i * stride] ?? null),
    ]),
  );
  const grid = gridOf(chunk.columns[column]!);
  const { varied: curves } = scoreVariants(
    score,
    { rows, columns: background },
    grid.map(({ value }) => ({ column, values: new Array<Value>(rows).fill(value) })),
  );
  const levels = Float64Array.from({ length: rows }, (_, row) =>
    meanOf(Float64Array.from(curves, (scores) => scores[row]!)),
  );
  const level = meanOf(levels);
  const points = grid.map((point, at): DependencePoint => {
    const moved = curves[at]!.map((each, row) => each - levels[row]! + level).sort();
    return { ...point, mean: meanOf(curves[at]!), low: shareOf(moved, 0.1), high: shareOf(moved, 0.9) };
  });
  return { column, rows, points };
}

const meanOf = (numbers: Float64Array): number =>
  numbers.reduce((sum, each) => sum + each, 0) / Math.max(1, numbers.length);

const shareOf = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;

/** The values that stand for a column's: each of few, or evenly among the rows; and null, where there are nulls. */
export function gridOf(values: readonly Value[]): Pick<DependencePoint, 'value' | 'share'>[] {
  const counts = new Map<Value, number>();
  for (const each of values) {
    const value = isMissing(each) ? null : each;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const nulls = counts.get(null) ?? 0;
  counts.delete(null);
  const withShare = ([value, rows]: [Value, number]) => ({ value, share: rows / values.length });
  const missing = nulls > 0 ? [withShare([null, nulls])] : [];
  const all = [...counts];
  const numbers = all.flatMap(([value]) => (typeof value === 'number' ? [value] : []));
  if (numbers.length < all.length) return [...all.sort(byRows).slice(0, MOST_LEVELS).map(withShare), ...missing];
  if (numbers.length <= MOST_VALUES)
    return [...all.sort(([a], [b]) => Number(a) - Number(b)).map(withShare), ...missing];

  const sorted = Float64Array.from(
    values.flatMap((value) => (typeof value === 'number' && !isMissing(value) ? [value] : [])),
  ).sort();
  const grid = new Set(SHARES.map((share) => shareOf(sorted, share)));
  return [...[...grid].map((value) => ({ value })), ...missing];
}

const isMissing = (value: Value): boolean => typeof value === 'number' && !Number.isFinite(value);

const byRows = ([a, ofA]: [Value, number], [b, ofB]: [Value, number]): number =>
  ofB - ofA || (String(a) < String(b) ? -1 : 1);
