import { type Encoded } from '../reading.ts';
import { binOf } from '../../../core/trees/cuts.ts';
import { emptyTable, setBin, wordsFor, type BinTable, type TreeColumn } from '../../../core/trees/table.ts';
import { type TreeRows } from '../../../core/trees/learner.ts';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Rows of the train split that are in memory together. */
export interface Block extends TreeRows {
  /** How many trees the scores hold. */
  trees: number;
}

/** The train split in blocks of about the same size. */
export interface Blocks {
  count: number;
  /** Its arrays are used again for the next. */
  load(index: number): Promise<Block>;
}

export interface BlockShape {
  columns: readonly TreeColumn[];
  rows: number;
  /** The most rows that are in memory together. */
  most: number;
  /** Each row's score before the first tree; of classes, one for each. */
  bases: readonly number[];
  /** Where blocks lie that are not in memory. */
  folder: string;
}

/** Bytes that a row takes in a block and while a tree learns from it. */
export const bytesPerRow = (columns: number, classes = 1): number =>
  4 * wordsFor(columns) + // bins
  4 + // label
  classes * (8 + 4 + 4) + // score, gradient and hessian
  (4 + 4) + // gradient and hessian of one class, by leaf
  2 * 4; // order of the rows, and room to change it

/** How many blocks rows make, and of how many rows each is at most. */
export function blocksOf({ rows, most }: Pick<BlockShape, 'rows' | 'most'>): { count: number; size: number } {
  const count = Math.ceil(rows / most);
  return { count, size: Math.ceil(rows / count) };
}

/** Takes the rows as they are read into the table; a split that fits is one block, which never leaves the memory. */
export async function writeBlocks(chunks: AsyncIterable<Encoded>, shape: BlockShape, table: BinTable): Promise<Blocks> {
  const { columns, rows, bases, folder } = shape;
  const { count, size } = blocksOf(shape);
  const rowsOf = (index: number): number => Math.min(size, rows - index * size);
  const whole = {
    table,
    labels: new Float32Array(size),
    scores: new Float64Array(size * bases.length),
  };
  const trees = new Array<number>(count).fill(0);
  const file = (kind: string, index: number): string => join(folder, `${kind}-${index}.block`);
  const view = (index: number): TreeRows => ({
    table: { rows: rowsOf(index), words: whole.table.words.map((word) => word.subarray(0, rowsOf(index))) },
    labels: whole.labels.subarray(0, rowsOf(index)),
    scores: whole.scores.subarray(0, rowsOf(index) * bases.length),
  });

  let [index, filled] = [0, 0];
  for await (const chunk of chunks)
    for (let taken = 0; taken < chunk.rows;) {
      const some = Math.min(chunk.rows - taken, rowsOf(index) - filled);
      addRows(whole, filled, chunk, taken, some, columns);
      taken += some;
      filled += some;
      if (filled < rowsOf(index) || count === 1) continue;
      const { table, labels } = view(index);
      await writeFile(file('rows', index), [...table.words, labels].map(bytesOf));
      for (const word of whole.table.words) word.fill(0);
      [index, filled] = [index + 1, 0];
    }

  let loaded: { index: number; block: Block } | null = null;
  if (count === 1) {
    fillBases(whole.scores, bases);
    loaded = { index: 0, block: { ...view(0), trees: 0 } };
  }
  return {
    count,
    async load(wanted) {
      if (loaded?.index === wanted) return loaded.block;
      if (loaded) {
        trees[loaded.index] = loaded.block.trees;
        await writeFile(file('scores', loaded.index), bytesOf(loaded.block.scores));
      }
      const block = { ...view(wanted), trees: trees[wanted]! };
      await readInto(file('rows', wanted), [...block.table.words, block.labels]);
      if (block.trees === 0) fillBases(block.scores, bases);
      else await readInto(file('scores', wanted), [block.scores]);
      loaded = { index: wanted, block };
      return block;
    },
  };
}

/** The first rows of a split, at most so many, in memory. */
export async function readRows(
  chunks: AsyncIterable<Encoded>,
  { columns, rows, most, bases }: Omit<BlockShape, 'folder'>,
): Promise<TreeRows> {
  const kept = Math.min(rows, most);
  const whole = {
    table: emptyTable(columns.length, kept),
    labels: new Float32Array(kept),
    scores: new Float64Array(kept * bases.length),
  };
  fillBases(whole.scores, bases);
  let filled = 0;
  for await (const chunk of chunks) {
    const some = Math.min(chunk.rows, kept - filled);
    addRows(whole, filled, chunk, 0, some, columns);
    filled += some;
    if (filled === kept) break;
  }
  return whole;
}

/** The scores of all rows for one class come before those for the next. */
function fillBases(scores: Float64Array, bases: readonly number[]): void {
  const rows = scores.length / bases.length;
  for (const [place, base] of bases.entries()) scores.fill(base, place * rows, (place + 1) * rows);
}

function addRows(
  to: { table: BinTable; labels: Float32Array },
  at: number,
  chunk: Encoded,
  from: number,
  rows: number,
  columns: readonly TreeColumn[],
): void {
  to.labels.set(chunk.labels.subarray(from, from + rows), at);
  for (const [place, column] of columns.entries()) {
    const binOfValue = binner(column);
    for (let row = 0; row < rows; row++)
      setBin(to.table, place, at + row, binOfValue(chunk.inputs[(from + row) * columns.length + place]!));
  }
}

/** The bin of a column's value, as the encoder gives it. */
const binner = (column: TreeColumn): ((value: number) => number) =>
  column.kind === 'value' ? (value) => binOf(column.cuts, value) : (place) => (Number.isNaN(place) ? 0 : place + 1);

type Numbers = Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
const bytesOf = (numbers: Numbers): Uint8Array<ArrayBuffer> =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

async function readInto(file: string, arrays: readonly Numbers[]): Promise<void> {
  const handle = await open(file);
  try {
    for (const bytes of arrays.map(bytesOf))
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at);
        if (bytesRead === 0) throw new Error(`${file} ends early`);
        at += bytesRead;
      }
  } finally {
    await handle.close();
  }
}
