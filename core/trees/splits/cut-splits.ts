import {
  leastHessian,
  NO_HESSIAN,
  valueOf,
  worthOf,
  type ColumnSums,
  type LeafSums,
  type Split,
  type SplitRules,
} from './leaf.ts';
import { SET_WORDS } from '../tree.ts';

interface Cut {
  /** The worth of both children. */
  worth: number;
  /** The last bin that goes left. */
  bin: number;
  gradient: number;
  hessian: number;
}

/** The best split of a column of numbers: up to a bin, nulls on either side. */
export function bestCut(
  sums: ColumnSums,
  leaf: LeafSums,
  rules: SplitRules,
  direction: 'up' | 'down' | null,
  atLeast: number,
): Split | null {
  const { histogram, at } = sums;
  const worth = worthOf(leaf.gradient, leaf.hessian, leaf);
  const least = leastHessian(leaf, rules);
  const bounded = direction !== null || leaf.low !== -Infinity || leaf.high !== Infinity;
  const find = (gradient: number, hessian: number, best: number): Cut | null =>
    bounded
      ? boundedCut(sums, leaf, rules.l2, least, direction, gradient, hessian, best)
      : plainCut(sums, leaf, rules.l2, least, gradient, hessian, best);

  const hasNulls = histogram[at + 1]! > NO_HESSIAN;
  const nullsRight = find(0, 0, worth + atLeast);
  const nullsLeft = hasNulls ? find(histogram[at]!, histogram[at + 1]!, nullsRight?.worth ?? worth + atLeast) : null;
  const best = nullsLeft ?? nullsRight;
  if (!best) return null;
  // Without nulls to learn from, they go with most of the others.
  const withNulls = hasNulls ? best === nullsLeft : best.hessian * 2 >= leaf.hessian;
  const set = new Uint32Array(SET_WORDS);
  for (let bin = withNulls ? 0 : 1; bin <= best.bin; bin++) set[bin >> 5]! |= 1 << (bin & 31);
  return { gain: best.worth - worth, set, gradient: best.gradient, hessian: best.hessian, l2: rules.l2 };
}

/** The left child grows bin by bin, from the sums of the nulls or from nothing. */
function plainCut(
  { histogram, at, bins }: ColumnSums,
  leaf: LeafSums,
  l2: number,
  least: number,
  gradient: number,
  hessian: number,
  worth: number,
): Cut | null {
  const [allGradient, allHessian] = [leaf.gradient, leaf.hessian];
  const end = at + 2 * bins;
  let [best, found, bestGradient, bestHessian] = [worth, -1, 0, 0];
  for (let i = at + 2; i < end; i += 2) {
    gradient += histogram[i]!;
    hessian += histogram[i + 1]!;
    if (hessian < least) continue;
    const restHessian = allHessian - hessian;
    if (restHessian < least) break;
    const rest = allGradient - gradient;
    const both = (gradient * gradient) / (hessian + l2) + (rest * rest) / (restHessian + l2);
    if (both > best) {
      best = both;
      found = i;
      bestGradient = gradient;
      bestHessian = hessian;
    }
  }
  return found < 0 ? null : { worth: best, bin: (found - at) >> 1, gradient: bestGradient, hessian: bestHessian };
}

/** As a plain cut, with children whose values keep their order and their bounds. */
function boundedCut(
  { histogram, at, bins }: ColumnSums,
  leaf: LeafSums,
  l2: number,
  least: number,
  direction: 'up' | 'down' | null,
  gradient: number,
  hessian: number,
  worth: number,
): Cut | null {
  const child = { ...leaf, l2 };
  let best: Cut | null = null;
  for (let bin = 1; bin < bins; bin++) {
    gradient += histogram[at + 2 * bin]!;
    hessian += histogram[at + 2 * bin + 1]!;
    if (hessian < least) continue;
    const [restGradient, restHessian] = [leaf.gradient - gradient, leaf.hessian - hessian];
    if (restHessian < least) break;
    const rise = valueOf(restGradient, restHessian, child) - valueOf(gradient, hessian, child);
    if ((direction === 'up' && rise < 0) || (direction === 'down' && rise > 0)) continue;
    const both = worthOf(gradient, hessian, child) + worthOf(restGradient, restHessian, child);
    if (both > (best?.worth ?? worth)) best = { worth: both, bin, gradient, hessian };
  }
  return best;
}
