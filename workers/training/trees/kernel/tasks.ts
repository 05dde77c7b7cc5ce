import { loadKernel } from './load.ts';
import { KEY_BYTES, SPLIT_BYTES, TOGETHER, type Places } from './memory.ts';
import { type Work } from '../../crew/crew.ts';
import { type ColumnSplit, type SearchedLeaf } from '../../../../core/trees/engine.ts';
import { layoutOf } from '../../../../core/trees/histogram.ts';
import { type EngineShape } from '../../../../core/trees/plain-engine.ts';
import { type TreeColumn } from '../../../../core/trees/table.ts';
import { SET_WORDS } from '../../../../core/trees/tree.ts';

/** What a thread has to know. */
export interface Shared {
  memory: WebAssembly.Memory;
  places: Places;
  shape: EngineShape;
}

const [DIVIDE, SEARCH] = [0, 1];
/** Whole numbers of a task that searches: how many leaves, then five of each. */
const LEAF_WORDS = 5;
/** Numbers of a leaf. */
const LEAF_NUMBERS = 6;
/** The kinds of columns that assembly/splits.ts knows. */
export const kindOf = (column: TreeColumn): number =>
  column.kind === 'level' ? 3 : column.direction === null ? 0 : column.direction === 'up' ? 1 : 2;

/** Writes what the next tasks are about, does them, and reads what came out: one for each thread. */
export function createTasks({ memory, places, shape }: Shared) {
  const { columns, rules, rows: mostRows } = shape;
  const layout = layoutOf(columns);
  const kernel = loadKernel(memory);
  const { buffer } = memory;
  const [words, integers, numbers] = [new Uint32Array(buffer), new Int32Array(buffer), new Float64Array(buffer)];
  const bytes = new Uint8Array(buffer);
  const [task, taskNumbers] = [places.task / 4, places.taskNumbers / 8];
  const set = task + 8;
  const rulesAt = places.taskNumbers + TOGETHER * LEAF_NUMBERS * 8;
  const kinds = columns.map(kindOf);
  const wordCount = layout.bins.length / 4;
  const wordAt = (word: number): number => places.words + word * mostRows * 4;
  const histogramAt = (histogram: number): number => places.histograms + histogram * layout.length * 8;
  const allowedAt = (leaf: number): number => places.allowed + (leaf + 1) * layout.bins.length;
  const splitAt = (leaf: number, column: number): number => places.splits + (leaf * layout.bins.length + column) * SPLIT_BYTES; // prettier-ignore

  function divideBlock(block: number): void {
    const [start, end, column, size] = [1, 2, 3, 4].map((i) => integers[task + i]!) as [number, number, number, number];
    const from = start + block * size;
    const some = Math.min(size, end - from);
    const right = places.right + from * 4;
    words[places.lefts / 4 + block] = kernel.divide(places.rows + from * 4, some, wordAt(column >> 2), (column & 3) << 3, set * 4, right); // prettier-ignore
  }

  /** Makes the sums of four columns in each leaf, then finds the best split of each of them. */
  function searchWord(word: number): void {
    const first = word * 4;
    const tree = places.allowed + first;
    if (!(bytes[tree] || bytes[tree + 1] || bytes[tree + 2] || bytes[tree + 3])) return;
    const offset = layout.offsets[first]! * 8;
    const size = ((layout.offsets[first + 4] ?? layout.length) - layout.offsets[first]!) * 8;
    for (let leaf = 0; leaf < integers[task + 1]!; leaf++) {
      const at = task + 2 + leaf * LEAF_WORDS;
      const own = histogramAt(integers[at]!);
      const less = integers[at + 1]!;
      if (less >= 0) kernel.subtract(own + offset, histogramAt(less) + offset, size);
      else {
        kernel.clear(own + offset, size);
        const [a, b, c, d] = [0, 1, 2, 3].map((i) => own + layout.offsets[first + i]! * 8) as [number, number, number, number]; // prettier-ignore
        kernel.count(wordAt(word), places.rows + integers[at + 2]! * 4, places.pairs + integers[at + 2]! * 8, integers[at + 3]!, a, b, c, d); // prettier-ignore
      }
      if (integers[at + 4] === 0) continue;
      for (let column = first; column < Math.min(first + 4, columns.length); column++) {
        const found = splitAt(leaf, column);
        if (!bytes[places.allowed + column] || !bytes[allowedAt(leaf) + column]) numbers[found / 8] = 0;
        else kernel.split(kinds[column]!, layout.bins[column]!, own + layout.offsets[column]! * 8, places.taskNumbers + leaf * LEAF_NUMBERS * 8, rulesAt, places.keys + word * KEY_BYTES, found); // prettier-ignore
      }
    }
  }

  const work: Work = (number) => (integers[task] === DIVIDE ? divideBlock(number) : searchWord(number));
  return {
    work,
    kernel,
    words: wordCount,
    prepareDivide(start: number, end: number, blockRows: number, split: Pick<ColumnSplit, 'column' | 'set'>): void {
      integers.set([DIVIDE!, start, end, split.column, blockRows], task);
      words.set(split.set, set);
    },
    prepareSearch(leaves: readonly SearchedLeaf[]): void {
      if (leaves.length > TOGETHER) throw new Error(`${leaves.length} leaves cannot be searched together`);
      integers.set([SEARCH!, leaves.length], task);
      numbers.set([rules.minRows, rules.minHessian, rules.l2], rulesAt / 8);
      for (let place = 0; place < leaves.length; place++) {
        const { start, end, histogram, less, allowed, rows, gradient, hessian, l2, low, high } = leaves[place]!;
        integers.set([histogram, less ?? -1, start, end - start, allowed ? 1 : 0], task + 2 + place * LEAF_WORDS);
        numbers.set([rows, gradient, hessian, l2, low, high], taskNumbers + place * LEAF_NUMBERS);
        if (allowed) bytes.set(allowed, allowedAt(place));
      }
    },
    /** The best of what the tasks found in these columns, the first of those that gain most. */
    bestOf(leaf: number, allowed: Uint8Array): ColumnSplit | null {
      let [best, most] = [-1, 0];
      for (let column = 0; column < columns.length; column++) {
        // Of columns that this tree leaves out, what an earlier tree found may still be there.
        const gain = allowed[column] ? numbers[splitAt(leaf, column) / 8]! : 0;
        if (gain > most) [best, most] = [column, gain];
      }
      if (best < 0) return null;
      const at = splitAt(leaf, best) / 8;
      const set = words.slice(2 * at + 8, 2 * at + 8 + SET_WORDS);
      return { column: best, gain: most, gradient: numbers[at + 1]!, hessian: numbers[at + 2]!, l2: numbers[at + 3]!, set }; // prettier-ignore
    },
  };
}
