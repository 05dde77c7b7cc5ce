import { type Cell, type CellType } from '../fields.ts';

/** A cell as a table holds it; a 64-bit integer stays exact. */
export type TableCell = Cell | bigint;

/** Some rows of a table, by column. */
export interface Chunk {
  rows: number;
  columns: Record<string, TableCell[]>;
}

/** A file of rows, read a piece at a time. */
export interface TableReader {
  /** The names of all its columns. */
  columns: string[];
  /** The cells of some columns, a thousand rows at a time. Columns of lists or structures throw. */
  chunks(columns: readonly string[]): AsyncGenerator<Chunk>;
}

/** A file of rows, written a piece at a time; each call returns the bytes that are ready. */
export interface TableWriter {
  write(columns: readonly Cell[][]): Promise<Uint8Array>;
  end(): Promise<Uint8Array>;
}

export interface TableField {
  name: string;
  type: CellType;
}

/** What is wrong with a file, in words for its sender. */
export class TableProblem extends Error {
  readonly tooLarge: boolean;
  constructor(message: string, tooLarge = false) {
    super(message);
    this.tooLarge = tooLarge;
  }
}

/** Rows in one piece of a file: it is in memory as a whole. */
export const MOST_ROWS_AT_ONCE = 1_100_000;
/** Bytes of such a piece when it is unpacked. */
export const MOST_BYTES_AT_ONCE = 256 * 1024 * 1024;
/** Rows in a file: a few bytes can claim any number of them. */
export const MOST_ROWS_IN_ALL = 10_000_000;
export const CHUNK = 1_000;

export function checkRows(inAll: number, atOnce: number, piece: string): void {
  if (!(inAll <= MOST_ROWS_IN_ALL))
    throw new TableProblem(`The file has over ${MOST_ROWS_IN_ALL} rows. Send it in parts.`, true);
  if (!(atOnce <= MOST_ROWS_AT_ONCE))
    throw new TableProblem(
      `A ${piece} of the file has ${atOnce} rows, more than ${MOST_ROWS_AT_ONCE}. Write it with fewer rows in each.`,
      true,
    );
}

/** Turns what a library reads into a cell; what is no single value has no place in a row. */
export function cellOf(value: unknown, column: string): TableCell {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return Number.isNaN(value) ? null : value; // as in a tensor
  if (typeof value === 'bigint' || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  throw new TableProblem(`The column "${column}" holds no numbers, texts, times, or true and false. Send those.`);
}
