import type { OwnColumn, Value } from './data.ts';

/** Some rows, column by column, by their declared names. */
export interface ColumnChunk {
  rows: number;
  columns: Record<string, Value[]>;
}

/** Some rows with our own columns, times in milliseconds since 1970. Apart, since a feature may be called `_key` too. */
export interface RowChunk extends ColumnChunk {
  own: Partial<Record<OwnColumn, Value[]>>;
}
