import { BY_SET, layOut, type SplitTrees } from './crossings.ts';
import { SET_WORDS } from '../tree.ts';

/** After so many variants of a row, what the others of its inputs leave in is kept. */
const WORTH_KNOWING = 3;
/** 8 MB. */
const MOST_OTHERS = 2 ** 21;

/** Whether a split sends this value to the left. */
export function goesLeft({ nulls, cuts, sets }: SplitTrees, split: number, value: number): boolean {
  if (nulls[split] === BY_SET) return hasLevel(sets, cuts[split]!, levelOf(value)) === 1;
  return value === value ? value <= cuts[split]! : nulls[split] === 1;
}

const levelOf = (value: number): number => (value === value ? (value | 0) + 1 : 0);
const hasLevel = (sets: Uint32Array, place: number, level: number): number =>
  (sets[place * SET_WORDS + (level >> 5)]! >>> (level & 31)) & 1;

/**
 * Finds the leaf of each tree where a row ends, without a walk. A tree has a bit for each leaf, in order. Each split that
 * sends the row to the right crosses out the leaves on its left; the first leaf that is left is the row's. The cuts of an
 * input lie in order, so those below its value come first, and the processor has nothing to guess.
 * Lucchese et al., "QuickScorer", 2015: https://doi.org/10.1145/2766462.2767733
 */
export function createExits(trees: SplitTrees, width: number) {
  const { roots, inputs, left, right, sets } = trees;
  const { words, starts, values, count, cuts, nulls, levels } = layOut(trees, width);
  const alive = new Int32Array(count);
  /** A row, and how many have come after it that differ from it in one input at most. */
  const known = new Float32Array(width);
  let variants = 0;
  /** Of each input: what all the others of that row leave in. */
  let others: Int32Array | null = null;
  let row: Float32Array;

  function cross(into: Int32Array, at: number, value: number): void {
    const { from, keys, words, kept } = value === value ? cuts : nulls;
    const end = from[at + 1]!;
    for (let i = from[at]!; i < end && !(keys[i]! >= value); i++) into[words[i]!]! &= kept[i]!;
    crossLevels(into, at, levelOf(value));
  }

  function crossLevels(into: Int32Array, at: number, level: number): void {
    const { from, keys, words, kept } = levels;
    const end = from[at + 1]!;
    for (let i = from[at]!; i < end; i++) into[words[i]!]! &= kept[i]! | -hasLevel(sets, keys[i]!, level);
  }

  function readWhole(input: Float32Array): void {
    alive.fill(-1);
    for (let at = 0; at < width; at++) cross(alive, at, input[at]!);
  }

  /** Of all inputs, what those before them leave in, and then those after them. */
  function readOthers(into: Int32Array): void {
    const rest = new Int32Array(count).fill(-1);
    for (let at = 0; at < width; at++) {
      into.set(rest, at * count);
      cross(rest, at, known[at]!);
    }
    rest.fill(-1);
    for (let at = width - 1; at >= 0; at--) {
      for (let word = 0; word < count; word++) into[at * count + word]! &= rest[word]!;
      cross(rest, at, known[at]!);
    }
  }

  function walk(tree: number): number {
    let node = roots[tree]!;
    while (node >= 0) node = goesLeft(trees, node, row[inputs[node]!]!) ? left[node]! : right[node]!;
    return trees.leaves[~node]!;
  }

  return {
    /** Reads the inputs of a row. Of many in a row that differ from one in a single input, only that input is read. */
    read(input: Float32Array): void {
      row = input;
      const at = differingIn(known, input);
      if (at < 0) {
        known.set(input);
        variants = 0;
      } else variants++;
      if (variants < WORTH_KNOWING || width * count > MOST_OTHERS) readWhole(input);
      else {
        others ??= new Int32Array(width * count);
        if (variants === WORTH_KNOWING) readOthers(others);
        alive.set(others.subarray(at * count, (at + 1) * count));
        cross(alive, at, input[at]!);
      }
    },
    /** What a tree says of the row that was read last. */
    valueOf(tree: number): number {
      const word = words[tree]!;
      if (word < 0) return walk(tree);
      const bits = alive[word]!;
      return values[starts[tree]! + (bits === 0 ? 32 + Math.clz32(alive[word + 1]!) : Math.clz32(bits))]!;
    },
  };
}

/** The one input in which two rows differ, any if they are equal; -1 where they differ in several. */
function differingIn(a: Float32Array, b: Float32Array): number {
  let found = -1;
  for (let at = 0; at < a.length; at++) {
    if (a[at] === b[at] || (a[at] !== a[at] && b[at] !== b[at])) continue;
    if (found >= 0) return -1;
    found = at;
  }
  return Math.max(0, found);
}
