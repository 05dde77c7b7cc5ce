import { SET_WORDS } from './tree.ts';

/** Trees whose splits lie one after the other, tree by tree, as their leaves do: a child is a place among all splits, or ~leaf among all leaves. */
export interface SplitTrees {
  /** Of each tree: its first split, or ~leaf where it has none. */
  roots: Int32Array;
  /** Of each tree: how many splits it has; leaves are one more. */
  splits: readonly number[];
  inputs: Uint16Array;
  /** Where a null goes: 1 is left, 0 right; or BY_SET where the cut is the place of a set of levels that go left. */
  nulls: Uint8Array;
  cuts: Float32Array;
  left: Int32Array;
  right: Int32Array;
  sets: Uint32Array;
  leaves: Float64Array;
}

/** A split of levels: the cut is the place of the set that says which go left. */
export const BY_SET = 2;
/** Of a larger tree a row meets so few splits that a walk is quicker. */
const MOST_LEAVES = 64;
/** From so many variants of a row on, what the others of its inputs say is kept. */
const WORTH_KNOWING = 2;
/** 16 MB. */
const MOST_OTHERS = 2 ** 22;

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
  /** A row, and how many have come after it that differ from it in one input. */
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
    /** Reads the inputs of a row. One that differs in one input from a row before it costs that input alone, from the second on. */
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

/** The input in which alone two rows differ; -1 where it is another number of inputs. */
function differingIn(a: Float32Array, b: Float32Array): number {
  let found = -1;
  for (let at = 0; at < a.length; at++) {
    if (a[at] === b[at] || (a[at] !== a[at] && b[at] !== b[at])) continue;
    if (found >= 0) return -1;
    found = at;
  }
  return found;
}

/** Which leaves the splits of each input leave in, where they send a row to the right; those of an input lie from `from[input]` to the next. */
interface Crossings {
  from: Int32Array;
  /** Cuts in order, or places of sets. */
  keys: Float32Array;
  words: Int32Array;
  kept: Int32Array;
}

function layOut({ roots, splits, inputs, nulls, cuts, left, right, sets, leaves }: SplitTrees, width: number) {
  const byInput = () => Array.from({ length: width }, () => new Found());
  const found = { cuts: byInput(), nulls: byInput(), levels: byInput() };
  const words = new Int32Array(splits.length).fill(-1);
  const starts = new Int32Array(splits.length);
  const values = new Float64Array(leaves.length);
  /** Below each split: how many leaves, and the place of the first within its tree. */
  const [under, first] = [new Int32Array(inputs.length), new Int32Array(inputs.length)];
  const equalSet = firstEqual(sets);
  let [split, leaf, word] = [0, 0, 0];

  for (const [tree, count] of splits.entries()) {
    const [from, to] = [split, split + count];
    const put = (child: number, place: number): void => {
      if (child < 0) values[leaf + place] = leaves[~child]!;
      else first[child] = place;
    };
    const leavesUnder = (child: number): number => (child < 0 ? 1 : under[child]!);
    // A child comes after its parent.
    for (let at = to - 1; at >= from; at--) under[at] = leavesUnder(left[at]!) + leavesUnder(right[at]!);
    put(roots[tree]!, 0);
    for (let at = from; at < to; at++) {
      put(left[at]!, first[at]!);
      put(right[at]!, first[at]! + leavesUnder(left[at]!));
    }
    starts[tree] = leaf;
    if (count < MOST_LEAVES) {
      words[tree] = word;
      for (let begin = 0; begin <= count; begin += 32, word++)
        for (let at = from; at < to; at++) {
          const kept = ~bitsBetween(first[at]! - begin, first[at]! + leavesUnder(left[at]!) - begin);
          if (kept === -1) continue;
          const input = inputs[at]!;
          if (nulls[at] === BY_SET) found.levels[input]!.add(equalSet[cuts[at]!]!, word, kept);
          else found.cuts[input]!.add(cuts[at]!, word, kept);
          if (nulls[at] === 0) found.nulls[input]!.add(0, word, kept);
        }
    }
    split = to;
    leaf += count + 1;
  }
  return {
    words,
    starts,
    values,
    count: word + 1,
    cuts: join(found.cuts.map((one) => one.sorted())),
    nulls: join(found.nulls),
    levels: join(found.levels.map((one) => one.sorted())),
  };
}

/** Of each set, the first that has the same levels. */
function firstEqual(sets: Uint32Array): Int32Array {
  const places = new Map<string, number>();
  return Int32Array.from({ length: sets.length / SET_WORDS }, (_, place) => {
    const levels = sets.subarray(place * SET_WORDS, (place + 1) * SET_WORDS).join();
    if (!places.has(levels)) places.set(levels, place);
    return places.get(levels)!;
  });
}

/** The bits of a word from one place to another, the first of which is its highest. */
function bitsBetween(from: number, to: number): number {
  const after = (place: number): number => (place >= 32 ? 0 : -1 >>> Math.max(0, place));
  return after(from) & ~after(to);
}

/** What splits of one input leave in; splits of a tree that ask alike are one. */
class Found {
  readonly keys: number[] = [];
  readonly words: number[] = [];
  readonly kept: number[] = [];

  add(key: number, word: number, kept: number): void {
    const last = this.keys.length - 1;
    if (this.keys[last] === key && this.words[last] === word) this.kept[last]! &= kept;
    else {
      this.keys.push(key);
      this.words.push(word);
      this.kept.push(kept);
    }
  }

  /** By their keys. */
  sorted(): Found {
    const { keys, words, kept } = this;
    const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
    const sorted = new Found();
    for (const at of order) sorted.add(keys[at]!, words[at]!, kept[at]!);
    return sorted;
  }
}

function join(all: readonly Found[]): Crossings {
  const from = new Int32Array(all.length + 1);
  for (const [at, { keys }] of all.entries()) from[at + 1] = from[at]! + keys.length;
  return {
    from,
    keys: Float32Array.from(all.flatMap(({ keys }) => keys)),
    words: Int32Array.from(all.flatMap(({ words }) => words)),
    kept: Int32Array.from(all.flatMap(({ kept }) => kept)),
  };
}
