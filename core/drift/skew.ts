import type { RowChunk } from '../data/chunks.ts';
import { KEY, TIME, type Row, type Value } from '../data/data.ts';
import { own } from '../base/own.ts';
import { SECOND, type Instant } from '../time/time.ts';

/** A prediction's row, as the client sent it, under its own key and time. */
export interface ServedRow {
  key: string;
  time: Instant;
  row: Row;
}

/** The same rows as they were served, and as the source had them later. */
export interface Skew {
  /** The snapshot that has the source's rows. */
  snapshot: string;
  /** How many are in both. */
  rows: number;
  /** The columns that are not always equal, and in what share of the rows. */
  unequal: { column: string; share: number }[];
}

/** As numbers of single precision differ from those of double. */
const TOLERANCE = 1e-5;
const FEWEST_ROWS = 50;
/** A column is skewed when more rows than this are surely unequal. */
const LEAST_SHARE = 0.01;
const NORMAL_95 = 1.645;

/** Compares served rows with chunks of the source's rows: those with the same key and time. */
export function createSkewCount(served: readonly ServedRow[], columns: readonly string[]) {
  const byKey = new Map<string, ServedRow[]>();
  for (const one of served) byKey.set(one.key, [...(byKey.get(one.key) ?? []), one]);
  const unequal = new Map(columns.map((column) => [column, 0]));
  let rows = 0;
  return {
    add({ rows: length, columns: values, own: { [KEY]: keys, [TIME]: times } }: RowChunk): void {
      for (let i = 0; i < length; i++)
        for (const { time, row } of byKey.get(String(keys![i])) ?? []) {
          if (Math.abs(Date.parse(time) - Number(times![i])) > SECOND) continue;
          rows++;
          for (const column of columns)
            if (!isEqual(own(row, column), values[column]?.[i])) unequal.set(column, unequal.get(column)! + 1);
        }
    },
    skew: (snapshot: string): Skew => ({
      snapshot,
      rows,
      unequal: [...unequal]
        .filter(([, count]) => count > 0)
        .map(([column, count]) => ({ column, share: count / rows }))
        .sort((a, b) => b.share - a.share),
    }),
  };
}

function isEqual(served: Value | undefined, source: Value | undefined): boolean {
  if (typeof served === 'number' && typeof source === 'number')
    return Math.abs(served - source) <= TOLERANCE * Math.max(1, Math.abs(served), Math.abs(source));
  return (served ?? null) === (source ?? null);
}

/** The columns that are surely unequal in more rows than a few. */
export const skewedColumns = (skew: Skew): Skew['unequal'] =>
  hasEnough(skew) ? skew.unequal.filter(({ share }) => leastShare(share, skew.rows) > LEAST_SHARE) : [];

/** Whether enough rows were compared to tell. */
export const hasEnough = ({ rows }: Skew): boolean => rows >= FEWEST_ROWS;

/** Wilson's lower bound. https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval */
function leastShare(share: number, rows: number): number {
  const z = NORMAL_95 ** 2 / rows;
  return (share + z / 2 - Math.sqrt(z * share * (1 - share) + (z * z) / 4)) / (1 + z);
}
