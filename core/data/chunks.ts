import type { OwnColumn, Value } from './data.ts';

/** Some rows, column by column, by their declared names. */
export interface ColumnChunk {
  rows: number;
  columns: Record<string, Value[]>;
}

/**
 * Some rows with our own columns, times in milliseconds since 1970. Separate, since a feature can also be named `_key`.
 */
export interface RowChunk extends ColumnChunk {
  own: Partial<Record<OwnColumn, Value[]>>;
}
