import {
  leastHessian,
  NO_HESSIAN,
  worthOf,
  type ColumnSums,
  type LeafSums,
  type Split,
  type SplitRules,
} from './leaf.ts';
import { SET_WORDS } from '../tree.ts';

// LightGBM's defaults (max_cat_to_onehot, max_cat_threshold, cat_smooth, cat_l2, min_data_per_group).
/** So few levels are tried one by one. */
export const FEW_LEVELS = 4;
/** A split puts at most so many levels on one side. */
export const MOST_LEVELS = 32;
/** A level of fewer rows does not choose its side; and so much hessian is added to each. */
export const SMOOTHING = 10;
export const LEVEL_L2 = 10;
export const FEWEST_ROWS = 100;

/**
 * The best split of a column of levels, nulls being one: levels in the order of gradient by hessian need to be cut only
 * once. Fisher, "On grouping for maximum homogeneity", 1958: https://doi.org/10.1080/01621459.1958.10501479
 */
export function bestLevels(sums: ColumnSums, leaf: LeafSums, rules: SplitRules, atLeast: number): Split | null {
  const present: number[] = [];
  for (let bin = 0; bin < sums.bins; bin++) if (sums.histogram[sums.at + 2 * bin + 1]! > NO_HESSIAN) present.push(bin);
  if (present.length < 2) return null;
  return present.length <= FEW_LEVELS
    ? oneLevel(present, sums, leaf, rules, atLeast)
    : someLevels(present, sums, leaf, rules, atLeast);
}

function oneLevel(
  present: readonly number[],
  { histogram, at, bins }: ColumnSums,
  leaf: LeafSums,
  rules: SplitRules,
  atLeast: number,
): Split | null {
  const worth = worthOf(leaf.gradient, leaf.hessian, leaf);
  const least = leastHessian(leaf, rules);
  const child = { ...leaf, l2: rules.l2 };
  let best: Split | null = null;
  for (const bin of present) {
    const [gradient, hessian] = [histogram[at + 2 * bin]!, histogram[at + 2 * bin + 1]!];
    if (hessian < least || leaf.hessian - hessian < least) continue;
    const both = worthOf(gradient, hessian, child) + worthOf(leaf.gradient - gradient, leaf.hessian - hessian, child);
    if (both - worth <= (best?.gain ?? atLeast)) continue;
    const set = setOf([bin], present, bins, hessian * 2 >= leaf.hessian);
    best = { gain: both - worth, set, gradient, hessian, l2: rules.l2 };
  }
  return best;
}

function someLevels(
  present: readonly number[],
  { histogram, at, bins }: ColumnSums,
  leaf: LeafSums,
  rules: SplitRules,
  atLeast: number,
): Split | null {
  const worth = worthOf(leaf.gradient, leaf.hessian, leaf);
  const child = { ...leaf, l2: rules.l2 + LEVEL_L2 };
  const [least, leastOfRest, leastOfGroup] = [rules.minRows, Math.max(rules.minRows, FEWEST_ROWS), FEWEST_ROWS].map(
    (rows) => leastHessian(leaf, rules, rows),
  ) as [number, number, number];
  const enough = ((SMOOTHING - 0.5) * leaf.hessian) / leaf.rows;
  let count = 0;
  for (const bin of present) {
    const hessian = histogram[at + 2 * bin + 1]!;
    if (hessian >= enough) setKey(count++, bin, histogram[at + 2 * bin]! / (hessian + SMOOTHING));
  }
  keys.subarray(0, count).sort();
  const most = Math.min(MOST_LEVELS, (count + 1) >> 1);

  let best: { worth: number; fromEnd: boolean; levels: number; gradient: number; hessian: number } | null = null;
  for (const fromEnd of [false, true]) {
    let [gradient, hessian, group] = [0, 0, 0];
    for (let i = 0; i < most; i++) {
      const sum = at + 2 * binAt(fromEnd ? count - 1 - i : i);
      gradient += histogram[sum]!;
      hessian += histogram[sum + 1]!;
      group += histogram[sum + 1]!;
      const rest = leaf.hessian - hessian;
      if (hessian < least) continue;
      if (rest < leastOfRest) break;
      if (group < leastOfGroup) continue;
      group = 0;
      const both = worthOf(gradient, hessian, child) + worthOf(leaf.gradient - gradient, rest, child);
      if (both > (best?.worth ?? worth + atLeast)) best = { worth: both, fromEnd, levels: i + 1, gradient, hessian };
    }
  }
  if (!best) return null;
  const { fromEnd, levels, gradient, hessian } = best;
  const chosen = Array.from({ length: levels }, (_, i) => binAt(fromEnd ? count - 1 - i : i));
  const set = setOf(chosen, present, bins, hessian * 2 >= leaf.hessian);
  return { gain: best.worth - worth, set, gradient, hessian, l2: child.l2 };
}

/** The chosen bins; and those without rows here where most rows go. */
export function setOf(
  chosen: readonly number[],
  present: readonly number[],
  bins: number,
  mostGoLeft: boolean,
): Uint32Array<ArrayBuffer> {
  const left = new Uint8Array(bins).fill(mostGoLeft ? 1 : 0);
  for (const bin of present) left[bin] = 0;
  for (const bin of chosen) left[bin] = 1;
  const set = new Uint32Array(SET_WORDS);
  for (let bin = 0; bin < bins; bin++) if (left[bin]) set[bin >> 5]! |= 1 << (bin & 31);
  return set;
}

/** Keys to sort bins by. A bin is the last bits of its key, so that plain numbers are sorted, ten times as fast. */
const keys = new Float64Array(256);
const bits = new Uint32Array(keys.buffer);
const LOW = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;

function setKey(place: number, bin: number, key: number): void {
  keys[place] = key;
  bits[2 * place + LOW] = (bits[2 * place + LOW]! & ~255) | bin;
}

const binAt = (place: number): number => bits[2 * place + LOW]! & 255;
