import type { Instant } from '../../core/time/time.ts';

/** name('the "best" column') // => "the ""best"" column" with quotes around */
export const name = (column: string): string => `"${column.replaceAll('"', '""')}"`;

/** A text as a literal, for the places of a statement that take no parameter. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A number as a DOUBLE literal: the exponent keeps DuckDB from reading a decimal of few digits. */
export const double = (value: number): string => (/e/.test(String(value)) ? String(value) : `${value}e0`);

/** The rows of Parquet files of one schema. Escapes characters that would make a path a pattern. */
export const parquet = (files: readonly string[]): string =>
  `read_parquet([${files.map((file) => text(file.replace(/[*?[]/g, '[$&]'))).join(', ')}])`;

/** DuckDB's own size of a row group, and the most values in one: its writer and its reader hold it in memory. */
const MOST_ROWS = 122_880;
const MOST_VALUES = 4_194_304;
/** The option of a Parquet file of so many columns: rowGroup(1_000) // => 'row_group_size 4096' */
export const rowGroup = (columns: number, most = MOST_ROWS): string =>
  `row_group_size ${Math.min(most, MOST_ROWS, Math.max(1, Math.round(MOST_VALUES / columns / 2_048)) * 2_048)}`;

/** A time as a TIMESTAMP, which in our files is UTC. */
export const moment = (time: Instant | number): string => {
  const milliseconds = typeof time === 'number' ? time : Date.parse(time);
  if (!Number.isInteger(milliseconds)) throw new RangeError(`"${time}" is not a moment`);
  return `make_timestamp_ms(${milliseconds})`;
};
