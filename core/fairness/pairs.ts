import { reachOf, spreadOf, type Spread } from '../metrics/difference.ts';
import type { FairRows, Rate } from './measure.ts';

/** A group's rate, and what each block of rows has to do with it. */
export interface GroupRate {
  name: string;
  value: number;
  /** The blocks with rows of this group, in order: few of very many, where blocks are entities. */
  blocks: Uint32Array;
  /** How far the rate would move without each of them. */
  moved: Float64Array;
  /** Its error is at least this. */
  least: number;
  interval(level: number): { low: number; high: number };
}

const FEWEST = { counted: 10, blocks: 3 };

/** Makes groups' rates from the same rows; null where there are too few to say. */
export function createRateOf(rows: FairRows, blockOf: Int32Array, blocks: number, minRows: number) {
  return (rate: Rate, name: string, places: Uint32Array): GroupRate | null => {
    let [counted, sum] = [0, 0];
    const values = Float64Array.from(places, (place) => rate.of(rows, place) ?? NaN);
    for (const value of values)
      if (!Number.isNaN(value)) {
        counted++;
        sum += value;
      }
    const value = sum / counted;
    const owed = new Float64Array(blocks);
    const sizes = new Uint32Array(blocks);
    for (const [i, place] of places.entries()) {
      if (Number.isNaN(values[i])) continue;
      owed[blockOf[place]!]! += (values[i]! - value) / counted;
      sizes[blockOf[place]!]!++;
    }
    const own = sizes.reduce((all, size) => all + (size > 0 ? 1 : 0), 0);
    if (places.length < minRows || counted < FEWEST.counted || own < FEWEST.blocks) return null;
    const held = new Uint32Array(own);
    for (let block = 0, i = 0; block < blocks; block++) if (sizes[block]! > 0) held[i++] = block;
    const moved = Float64Array.from(held, (block) => owed[block]! / (1 - sizes[block]! / counted));
    const least = rate.isShare ? leastError(value, counted, own) : 0;
    return {
      name,
      value,
      blocks: held,
      moved,
      least,
      interval(level) {
        const reach = reachOf(errorOf(moved, least), level);
        if (!rate.isShare) return { low: value - reach, high: value + reach };
        return { low: Math.max(0, value - reach), high: Math.min(1, value + reach) };
      },
    };
  };
}

/**
 * None of twenty does not mean none ever: a share is at least as uncertain as with two more rows of either kind. Where all
 * rows agree nothing shows how alike those of a block are, so blocks are counted in their place.
 * Agresti and Coull, "Approximate is better than exact", 1998.
 */
function leastError(share: number, rows: number, blocks: number): number {
  const counted = share === 0 || share === 1 ? blocks : rows;
  const middled = (share * counted + 2) / (counted + 4);
  return Math.sqrt((middled * (1 - middled)) / (counted + 4));
}

/** The blocks' spread, of those that hold any of the rows. */
function errorOf(moved: Float64Array, least: number): Spread {
  const spread = spreadOf(moved, new Int32Array(moved.length), 1);
  return spread.error >= least ? spread : { ...spread, error: least };
}

/** How far a difference of two rates, each so many times, would move without each block that either has. */
function movedTogether(a: GroupRate, times: number, b: GroupRate, less: number): Float64Array {
  const moved = new Float64Array(a.blocks.length + b.blocks.length);
  let [i, j, count] = [0, 0, 0];
  while (i < a.blocks.length || j < b.blocks.length) {
    const [one, other] = [a.blocks[i] ?? Infinity, b.blocks[j] ?? Infinity];
    const own = one <= other ? a.moved[i++]! : 0;
    const theirs = other <= one ? b.moved[j++]! : 0;
    moved[count++] = own * times - theirs * less;
  }
  return moved.subarray(0, count);
}

/** The largest difference between two of the groups, with bounds that hold for all pairs; null with fewer than two. */
export function compareRates(groups: readonly GroupRate[], level: number, hasRatio: boolean) {
  if (groups.length < 2) return null;
  const gap = { difference: -1, low: 0, high: 0, lower: '', higher: '' };
  const ratio = { value: 1, low: 1, high: 1 };
  let compared = 0;
  for (const [i, a] of groups.entries())
    for (const b of groups.slice(i + 1)) {
      const [lower, higher] = a.value <= b.value ? [a, b] : [b, a];
      const reach = (weigh: number, other: number): number => {
        const moved = movedTogether(higher, weigh, lower, other);
        return reachOf(errorOf(moved, Math.hypot(higher.least * weigh, lower.least * other)), level);
      };
      const difference = higher.value - lower.value;
      const apart = reach(1, 1);
      if (difference > gap.difference) Object.assign(gap, { difference, lower: lower.name, higher: higher.name });
      gap.low = Math.max(gap.low, difference - apart);
      gap.high = Math.max(gap.high, difference + apart);
      if (!hasRatio || higher.value <= 0) continue; // nothing over nothing
      compared++;
      const value = lower.value / higher.value;
      const bounds = lower.value > 0 ? byLogarithm() : byEnds();
      ratio.value = Math.min(ratio.value, value);
      ratio.low = Math.min(ratio.low, bounds.low);
      ratio.high = Math.min(ratio.high, bounds.high);

      function byLogarithm(): { low: number; high: number } {
        const far = reach(1 / higher.value, 1 / lower.value);
        // Which of the two is lower may be chance, too.
        return { low: Math.min(value, 1 / value) * Math.exp(-far), high: Math.min(1, value * Math.exp(far)) };
      }
      function byEnds(): { low: number; high: number } {
        const [most, least] = [lower.interval(level).high, higher.interval(level).low];
        return { low: 0, high: least > 0 ? Math.min(1, most / least) : 1 };
      }
    }
  return { ...gap, ratio: compared > 0 ? ratio : null };
}
