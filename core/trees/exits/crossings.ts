import { SET_WORDS } from '../tree.ts';

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
/** Of larger forests, all trees are walked: places among their splits would not sort together with a cut. */
const MOST_SPLITS = 2 ** 20;

/** Which leaves the splits of each input leave in, where they send a row to the right; those of an input lie from `from[input]` to the next. */
interface Crossings {
  from: Int32Array;
  /** Cuts in order, or places of sets. */
  keys: Float32Array;
  words: Int32Array;
  kept: Int32Array;
}

/** Gives each leaf of the smaller trees its bit, and each input its cuts in order. */
export function layOut({ roots, splits, inputs, nulls, cuts, left, right, sets, leaves }: SplitTrees, width: number) {
  const isLarge = inputs.length > MOST_SPLITS;
  const size = isLarge ? 0 : inputs.length;
  const found = { cuts: new Found(size), nulls: new Found(size), levels: new Found(size) };
  const words = new Int32Array(splits.length).fill(-1);
  const starts = new Int32Array(splits.length);
  const values = new Float64Array(leaves.length);
  /** Below each split: how many leaves, and the place of the first within its tree. */
  const [under, first] = [new Int32Array(inputs.length), new Int32Array(inputs.length)];
  const leavesUnder = (child: number): number => (child < 0 ? 1 : under[child]!);
  const equalSet = firstEqual(sets);
  let [split, leaf, word] = [0, 0, 0];

  for (let tree = 0; tree < splits.length; tree++) {
    const [count, from] = [splits[tree]!, split];
    const to = from + count;
    // A child comes after its parent.
    for (let at = to - 1; at >= from; at--) under[at] = leavesUnder(left[at]!) + leavesUnder(right[at]!);
    if (roots[tree]! < 0) values[leaf] = leaves[~roots[tree]!]!;
    for (let at = from; at < to; at++) {
      const [one, other] = [left[at]!, right[at]!];
      const [place, next] = [first[at]!, first[at]! + leavesUnder(one)];
      if (one < 0) values[leaf + place] = leaves[~one]!;
      else first[one] = place;
      if (other < 0) values[leaf + next] = leaves[~other]!;
      else first[other] = next;
    }
    starts[tree] = leaf;
    if (count < MOST_LEAVES && !isLarge) {
      words[tree] = word;
      for (let begin = 0; begin <= count; begin += 32, word++)
        for (let at = from; at < to; at++) {
          const kept = ~bitsBetween(first[at]! - begin, first[at]! + leavesUnder(left[at]!) - begin);
          if (kept === -1) continue;
          const input = inputs[at]!;
          if (nulls[at] === BY_SET) found.levels.add(input, equalSet[cuts[at]!]!, word, kept);
          else found.cuts.add(input, cuts[at]!, word, kept);
          if (nulls[at] === 0) found.nulls.add(input, 0, word, kept);
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
    cuts: found.cuts.sorted(width),
    nulls: found.nulls.sorted(width),
    levels: found.levels.sorted(width),
  };
}

/** Of each set, the first that has the same levels. */
function firstEqual(sets: Uint32Array): Int32Array {
  const places = new Map<number, number>();
  const isEqual = (a: number, b: number): boolean => {
    for (let i = 0; i < SET_WORDS; i++) if (sets[a * SET_WORDS + i] !== sets[b * SET_WORDS + i]) return false;
    return true;
  };
  return Int32Array.from({ length: sets.length / SET_WORDS }, (_, place) => {
    let hash = 0;
    for (let i = 0; i < SET_WORDS; i++) hash = Math.imul(hash ^ sets[place * SET_WORDS + i]!, 0x9e3779b1) >>> 7;
    const known = places.get(hash);
    if (known === undefined) places.set(hash, place);
    return known !== undefined && isEqual(known, place) ? known : place;
  });
}

/** The bits of a word from one place to another, the first of which is its highest. */
function bitsBetween(from: number, to: number): number {
  const after = (place: number): number => (place >= 32 ? 0 : -1 >>> Math.max(0, place));
  return after(from) & ~after(to);
}

/** What splits leave in, as they are found: of a tree two for each, since it has two words at most. */
class Found {
  private readonly inputs: Uint16Array;
  private readonly keys: Float32Array;
  private readonly words: Int32Array;
  private readonly kept: Int32Array;
  private count = 0;

  constructor(splits: number) {
    this.inputs = new Uint16Array(2 * splits);
    this.keys = new Float32Array(2 * splits);
    this.words = new Int32Array(2 * splits);
    this.kept = new Int32Array(2 * splits);
  }

  add(input: number, key: number, word: number, kept: number): void {
    const at = this.count++;
    this.inputs[at] = input;
    this.keys[at] = key;
    this.words[at] = word;
    this.kept[at] = kept;
  }

  /** By input, key and word; splits of a tree that ask alike become one. */
  sorted(width: number): Crossings {
    const { inputs, count } = this;
    const bounds = new Int32Array(width + 1);
    for (let at = 0; at < count; at++) bounds[inputs[at]! + 1]!++;
    for (let input = 0; input < width; input++) bounds[input + 1]! += bounds[input]!;
    const order = new Float64Array(count);
    const next = bounds.slice();
    for (let at = 0; at < count; at++) order[next[inputs[at]!]!++] = rankOf(this.keys[at]!) * PLACES + at;

    const from = new Int32Array(width + 1);
    const [keys, words, kept] = [new Float32Array(count), new Int32Array(count), new Int32Array(count)];
    let length = 0;
    for (let input = 0; input < width; input++) {
      for (const each of order.subarray(bounds[input], bounds[input + 1]).sort()) {
        const at = each % PLACES;
        const last = length - 1;
        if (last >= from[input]! && keys[last] === this.keys[at] && words[last] === this.words[at])
          kept[last]! &= this.kept[at]!;
        else {
          keys[length] = this.keys[at]!;
          words[length] = this.words[at]!;
          kept[length++] = this.kept[at]!;
        }
      }
      from[input + 1] = length;
    }
    return { from, keys: keys.slice(0, length), words: words.slice(0, length), kept: kept.slice(0, length) };
  }
}

const PLACES = 2 * MOST_SPLITS;
const asFloat = new Float32Array(1);
const asBits = new Int32Array(asFloat.buffer);

/** A whole number, larger for a larger Float32: below 2^32, so that it sorts together with a place. */
function rankOf(number: number): number {
  asFloat[0] = number === 0 ? 0 : number; // no negative zero
  const bits = asBits[0]!;
  return bits < 0 ? ~bits >>> 0 : bits + 2 ** 31;
}
