import { numberBlocks } from '../metrics/difference.ts';
import { rank } from '../metrics/ranking.ts';

/** Knowing nothing counts as so many rows. */
const PULL = 1;

/** What rows near in time say: the mean of their values, drawn towards `nothing` where few are near. */
export type Nearby = (values: ArrayLike<number>, nothing: number) => Float64Array;

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
