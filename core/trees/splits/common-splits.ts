import type { ColumnSplit } from '../engine.ts';
import type { Layout } from '../histogram.ts';
import type { TreeColumn } from '../table.ts';
import { SET_WORDS } from '../tree.ts';
import { leastHessian, NO_HESSIAN, valueOf, worthOf, type LeafSums, type SplitRules } from './leaf.ts';
import { FEW_LEVELS, FEWEST_ROWS, LEVEL_L2, MOST_LEVELS, setOf, SMOOTHING } from './level-splits.ts';

/** A leaf of the level, and the sums of all columns over its rows. */
export interface LevelLeaf {
  leaf: LeafSums;
  sums: Float64Array;
}

interface Level {
  leaves: readonly LevelLeaf[];
  /** Of all its leaves together. */
  whole: LeafSums;
  /** How much its leaves lower twice the loss by their values. */
  worth: number;
  rules: SplitRules;
}

type Found = Omit<ColumnSplit, 'column'>;

/**
 * The split that gains most where all leaves of a level are split alike; its sums are those of the level. Null if none gains
 * more than `atLeast`.
 */
export function commonSplit(
  columns: readonly TreeColumn[],
  { offsets, bins }: Layout,
  used: Uint8Array,
  leaves: readonly LevelLeaf[],
  rules: SplitRules,
  atLeast: number,
): ColumnSplit | null {
  const whole: LeafSums = { rows: 0, gradient: 0, hessian: 0, l2: rules.l2, low: -Infinity, high: Infinity };
  let worth = 0;
  for (const { leaf } of leaves) {
    whole.rows += leaf.rows;
    whole.gradient += leaf.gradient;
    whole.hessian += leaf.hessian;
    worth += worthOf(leaf.gradient, leaf.hessian, leaf);
  }
  const level: Level = { leaves, whole, worth, rules };
  let best: ColumnSplit | null = null;
  for (const [place, column] of columns.entries()) {
    if (!used[place]) continue;
    const [at, count] = [offsets[place]!, bins[place]!];
    const least: number = best?.gain ?? atLeast;
    const found: Found | null =
      column.kind === 'level'
        ? commonLevels(level, at, count, least)
        : commonCut(level, at, count, column.direction, least);
    if (found) best = { ...found, column: place };
  }
  return best;
}

/** The sums of a column's bins over all leaves. */
function together({ leaves }: Level, at: number, bins: number): Float64Array {
  const sums = new Float64Array(2 * bins);
  for (const { sums: own } of leaves) for (let i = 0; i < sums.length; i++) sums[i]! += own[at + i]!;
  return sums;
}

/** Up to a bin, nulls on either side. */
function commonCut(
  level: Level,
  at: number,
  bins: number,
  direction: 'up' | 'down' | null,
  atLeast: number,
): Found | null {
  const { whole, worth, rules } = level;
  const sums = together(level, at, bins);
  const least = leastHessian(whole, rules);
  const hasNulls = sums[1]! > NO_HESSIAN;
  let best: (Found & { last: number; withNulls: boolean }) | null = null;
  for (const withNulls of hasNulls ? [false, true] : [false]) {
    const own = (leaf: LevelLeaf) => ({ sums: leaf.sums, at: at + 2, first: withNulls ? at : null });
    const gains = gainsOf(level, own, bins - 1, rules.l2, direction);
    let [gradient, hessian] = withNulls ? [sums[0]!, sums[1]!] : [0, 0];
    for (let bin = 1; bin < bins; bin++) {
      gradient += sums[2 * bin]!;
      hessian += sums[2 * bin + 1]!;
      if (hessian < least) continue;
      if (whole.hessian - hessian < least) break;
      const gain = gains[bin - 1]! - worth;
      if (gain > (best?.gain ?? atLeast))
        best = { gain, set: new Uint32Array(SET_WORDS), gradient, hessian, l2: rules.l2, last: bin, withNulls };
    }
  }
  if (!best) return null;
  const { last, withNulls, ...found } = best;
  // Without nulls to learn from, they go with most of the others.
  const nullsLeft = hasNulls ? withNulls : found.hessian * 2 >= whole.hessian;
  for (let bin = nullsLeft ? 0 : 1; bin <= last; bin++) found.set[bin >> 5]! |= 1 << (bin & 31);
  return found;
}

/** The levels that lower the output most, or raise it most, over all leaves. */
function commonLevels(level: Level, at: number, bins: number, atLeast: number): Found | null {
  const { whole, worth, rules } = level;
  const sums = together(level, at, bins);
  const present = Array.from({ length: bins }, (_, bin) => bin).filter((bin) => sums[2 * bin + 1]! > NO_HESSIAN);
  if (present.length < 2) return null;
  const isFew = present.length <= FEW_LEVELS;
  const l2 = isFew ? rules.l2 : rules.l2 + LEVEL_L2;
  const least = leastHessian(whole, rules, isFew ? rules.minRows : Math.max(rules.minRows, FEWEST_ROWS));
  const enough = isFew ? 0 : ((SMOOTHING - 0.5) * whole.hessian) / whole.rows;
  const leaning = (bin: number): number => sums[2 * bin]! / (sums[2 * bin + 1]! + (isFew ? 0 : SMOOTHING));
  const sorted = present.filter((bin) => sums[2 * bin + 1]! >= enough).sort((a, b) => leaning(a) - leaning(b));
  const most = Math.min(MOST_LEVELS, (sorted.length + 1) >> 1);

  let best: (Found & { chosen: number[] }) | null = null;
  for (const order of [sorted.slice(0, most), sorted.toReversed().slice(0, most)]) {
    const own = ({ sums: all }: LevelLeaf) => ({ sums: inOrder(all, at, order), at: 0, first: null });
    const gains = gainsOf(level, own, order.length, l2, null);
    let [gradient, hessian] = [0, 0];
    for (const [i, bin] of order.entries()) {
      gradient += sums[2 * bin]!;
      hessian += sums[2 * bin + 1]!;
      if (hessian < least) continue;
      if (whole.hessian - hessian < least) break;
      const gain = gains[i]! - worth;
      if (gain > (best?.gain ?? atLeast))
        best = { gain, set: new Uint32Array(), gradient, hessian, l2, chosen: order.slice(0, i + 1) };
    }
  }
  if (!best) return null;
  const { chosen, ...found } = best;
  return { ...found, set: setOf(chosen, present, bins, found.hessian * 2 >= whole.hessian) };
}

/** The sums of these bins, side by side. */
const inOrder = (sums: Float64Array, at: number, order: readonly number[]): Float64Array =>
  Float64Array.from(order.flatMap((bin) => [sums[at + 2 * bin]!, sums[at + 2 * bin + 1]!]));

/** For each bin from one on: the worth of all leaves' children when the bins up to it go left, and `first` of each leaf's sums. */
function gainsOf(
  { leaves }: Level,
  sumsOf: (leaf: LevelLeaf) => { sums: Float64Array; at: number; first: number | null },
  bins: number,
  l2: number,
  direction: 'up' | 'down' | null,
): Float64Array {
  const gains = new Float64Array(bins);
  for (const level of leaves) {
    const { leaf } = level;
    if (leaf.rows === 0) continue;
    const { sums, at, first } = sumsOf(level);
    const [gradient, hessian] = first === null ? [0, 0] : [sums[first]!, sums[first + 1]!];
    if (direction !== null || leaf.low !== -Infinity || leaf.high !== Infinity)
      addBounded(gains, { ...leaf, l2 }, direction, sums, at, gradient, hessian);
    else addPlain(gains, leaf, l2, sums, at, gradient, hessian);
  }
  return gains;
}

function addPlain(
  gains: Float64Array,
  leaf: LeafSums,
  l2: number,
  sums: Float64Array,
  at: number,
  gradient: number,
  hessian: number,
): void {
  const [allGradient, allHessian] = [leaf.gradient, leaf.hessian + 2 * l2];
  hessian += l2;
  for (let bin = 0; bin < gains.length; bin++, at += 2) {
    gradient += sums[at]!;
    hessian += sums[at + 1]!;
    const rest = allGradient - gradient;
    const restHessian = allHessian - hessian;
    // The worth of both over one denominator: a division takes as long as all else.
    gains[bin]! += (gradient * gradient * restHessian + rest * rest * hessian) / (hessian * restHessian);
  }
}

/** As a plain one, with children whose values keep their order and their bounds. */
function addBounded(
  gains: Float64Array,
  child: LeafSums,
  direction: 'up' | 'down' | null,
  sums: Float64Array,
  at: number,
  gradient: number,
  hessian: number,
): void {
  for (let bin = 0; bin < gains.length; bin++, at += 2) {
    gradient += sums[at]!;
    hessian += sums[at + 1]!;
    const [rest, restHessian] = [child.gradient - gradient, child.hessian - hessian];
    const rise = valueOf(rest, restHessian, child) - valueOf(gradient, hessian, child);
    if ((direction === 'up' && rise < 0) || (direction === 'down' && rise > 0)) gains[bin] = -Infinity;
    else gains[bin]! += worthOf(gradient, hessian, child) + worthOf(rest, restHessian, child);
  }
}
