/** Rows as trees learn from them: the bin of each value, four columns to a word, so that four are read at once. */
export interface BinTable {
  rows: number;
  /** For columns 0 to 3, 4 to 7 and so on: a word a row. */
  words: Uint32Array<ArrayBuffer>[];
}

/** How trees may split a column. */
export type TreeColumn =
  /** `up`: a larger value never lowers the output; `down`: never raises it. Bin 0 holds nulls. */
  | { kind: 'value'; cuts: Float32Array<ArrayBuffer>; direction: 'up' | 'down' | null }
  /** Bin 0 holds nulls, the others a level each. */
  | { kind: 'level'; levels: number };

export const wordsFor = (columns: number): number => Math.ceil(columns / 4);

export const emptyTable = (columns: number, rows: number): BinTable => ({
  rows,
  words: Array.from({ length: wordsFor(columns) }, () => new Uint32Array(rows)),
});

/** Over a bin that is 0. */
export function setBin({ words }: BinTable, column: number, row: number, bin: number): void {
  words[column >> 2]![row]! |= bin << ((column & 3) << 3);
}

/** Bins of a column, that of nulls among them. */
export const binsOf = (column: TreeColumn): number =>
  column.kind === 'value' ? column.cuts.length + 2 : column.levels + 1;
