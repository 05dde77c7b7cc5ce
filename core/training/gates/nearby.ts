import { numberBlocks } from '../../metrics/difference.ts';
import { rank } from '../../metrics/ranking.ts';

/** Knowing nothing counts as so many rows. */
const PULL = 1;

/** What rows near in time say: the mean of their values, drawn towards `nothing` where few are near. */
export type Nearby = (values: ArrayLike<number>, nothing: number) => Float64Array;

/** The median is one of so many numbers, each the middle of as many labels. */
const MIDDLES = 64;

/**
 * The weighted median of labels near in time, which has the least absolute error, as their mean has the least squared one:
 * the first of so many numbers at which half of what is near lies below it, or at it.
 */
export function medianNearby(labels: Float64Array, nearby: Nearby): Float64Array {
  const sorted = labels.toSorted();
  const size = Math.ceil(sorted.length / MIDDLES);
  const middles: number[] = [];
  const place = new Uint8Array(labels.length);
  const upTo = new Uint8Array(labels.length);
  for (let from = 0; from < sorted.length;) {
    const highest = sorted[Math.min(sorted.length, from + size) - 1]!;
    const to = sorted.lastIndexOf(highest) + 1;
    middles.push(sorted[(from + to - 1) >> 1]!);
    for (let row = 0; row < labels.length; row++) upTo[row] = labels[row]! <= highest ? 1 : 0;
    const shares = nearby(upTo, to / sorted.length);
    for (let row = 0; row < labels.length; row++) if (shares[row]! < 0.5) place[row]!++;
    from = to;
  }
  return Float64Array.from(place, (at) => middles[at]!);
}

/**
 * Prepares rows for asking what those of other blocks, near in time, say of each. One counts for e^(-distance / reach),
 * where the reach is a share of the time that all rows span.
 */
export function createNearby({ times, blocks }: Record<'times' | 'blocks', Float64Array>): (share: number) => Nearby {
  const { order } = rank(times.map((time) => -time)); // the earliest first
  const rows = order.length;
  const sorted = Float64Array.from(order, (row) => times[row]!);
  const span = Math.max(1, sorted[rows - 1]! - sorted[0]!);
  const numbered = numberBlocks(blocks);
  const blockOf = Int32Array.from(order, (row) => numbered.blockOf[row]!);

  return (share) => {
    const faded = (time: number): number => Math.exp(-time / (share * span));
    const sinceLast = sorted.map((time, i) => faded(time - (sorted[i - 1] ?? -Infinity)));
    const lastOfBlock = new Float64Array(numbered.sizes.length).fill(-Infinity);
    const sinceOwn = sorted.map((time, i) => {
      const last = lastOfBlock[blockOf[i]!]!;
      lastOfBlock[blockOf[i]!] = time;
      return faded(time - last);
    });
    const sumOf: Nearby = (values, nothing) => {
      const sums = new Float64Array(rows).fill(PULL * nothing);
      const own = new Float64Array(numbered.sizes.length);
      // The rows before each one, then those after it.
      let all = 0;
      for (let i = 0; i < rows; i++) {
        const [row, block] = [order[i]!, blockOf[i]!];
        all *= sinceLast[i]!;
        own[block]! *= sinceOwn[i]!;
        sums[row]! += all - own[block]!;
        all += values[row]!;
        own[block]! += values[row]!;
      }
      all = 0;
      own.fill(0);
      for (let i = rows - 1; i >= 0; i--) {
        const [row, block] = [order[i]!, blockOf[i]!];
        sums[row]! += all - own[block]!;
        all = sinceLast[i]! * (all + values[row]!);
        own[block] = sinceOwn[i]! * (own[block]! + values[row]!);
      }
      return sums;
    };
    const weights = sumOf(new Float64Array(rows).fill(1), 1);
    return (values, nothing) => sumOf(values, nothing).map((sum, row) => sum / weights[row]!);
  };
}
