import type { BinTable } from './table.ts';

/** A tree over bins. A child is another split of the tree, which comes later, or ~leaf. */
export interface Tree {
  /** Of each split: its column. */
  columns: Uint16Array<ArrayBuffer>;
  /** Of each split: the bins that go left, as 256 bits. */
  sets: Uint32Array<ArrayBuffer>;
  left: Int32Array<ArrayBuffer>;
  right: Int32Array<ArrayBuffer>;
  /** What each leaf adds to the output. */
  leaves: Float64Array<ArrayBuffer>;
  /** How many rows each leaf learnt from; absent in checkpoints of earlier releases. */
  covers?: Uint32Array<ArrayBuffer>;
}

/** A set of bins has a bit for each. */
export const SET_WORDS = 8;

/** Adds the outputs of trees, from the `first` on, to the scores of each row; tree by tree, of which each is of the next class. */
export function addTrees(
  trees: readonly Tree[],
  first: number,
  table: BinTable,
  scores: Float64Array,
  classes: number,
) {
  for (const [i, tree] of trees.entries()) {
    const place = (first + i) % classes;
    addTree(tree, table, scores.subarray(place * table.rows, (place + 1) * table.rows));
  }
}

/** Adds the tree's output to the score of each row, or of some. */
export function addTree(
  { columns, sets, left, right, leaves }: Tree,
  { rows, words }: BinTable,
  scores: Float64Array,
  some: Uint32Array | null = null,
): void {
  const root = columns.length === 0 ? -1 : 0;
  const count = some === null ? rows : some.length;
  for (let i = 0; i < count; i++) {
    const row = some === null ? i : some[i]!;
    let node = root;
    while (node >= 0) {
      const column = columns[node]!;
      const bin = (words[column >> 2]![row]! >>> ((column & 3) << 3)) & 255;
      const goesLeft = (sets[(node << 3) + (bin >> 5)]! >>> (bin & 31)) & 1;
      node = goesLeft === 1 ? left[node]! : right[node]!;
    }
    scores[row]! += leaves[~node]!;
  }
}
