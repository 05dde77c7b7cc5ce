import { readColumns, valueTypeOf } from '../../core/columns/index.ts';
import type { Partition } from '../../core/data/data.ts';
import type { LeftOut, Reading } from '../../core/sources/extractor.ts';
import type { Place } from '../../core/sources/source.ts';
import type { Instant } from '../../core/time/time.ts';
import type { DuckOptions } from '../duckdb/database.ts';

export type ReadingOf<Kind extends Place['kind']> = Reading & { from: { kind: Kind } };

/** How to read rows of one kind of place. */
export interface Extraction<Kind extends Place['kind']> {
  /** Returns the names of all columns there; none where rows each have their own. */
  check(reading: ReadingOf<Kind>): Promise<string[]>;
  /** How many rows have no time or one before `from`; null: to look took too long. Absent: this kind cannot tell. */
  leftOut?(reading: ReadingOf<Kind>, from: Instant, signal: AbortSignal): Promise<LeftOut | null>;
  /** Copies a partition's rows into a file; returns how many. Do not use the file unless it returns. */
  copy(reading: ReadingOf<Kind>, copying: Copying): Promise<number>;
}

/** DuckDB's memory, and a folder for temporary files. */
export interface Copying extends DuckOptions {
  partition: Partition;
  /** The Parquet file to write. */
  file: string;
  signal: AbortSignal;
  onBytes(bytes: number): void;
}

/** Label facts have one number, or the name of a class. Their source can hold "true" where we need a 1. */
export const isFacts = ({ columns, entity }: Reading): boolean =>
  entity === null && Object.values(columns).length === 1 && valueTypeOf(Object.values(columns)[0]!) === 'number';

/** The columns that a source must have: all in a reading except derived ones. Each once. */
export function neededColumns({ key, time, entity, columns }: Reading): string[] {
  const declared = readColumns(columns).map(([column]) => column);
  return [...new Set([key, time, ...(entity === null ? [] : [entity]), ...declared])];
}
