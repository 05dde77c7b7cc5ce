import type { Random } from '../../core/base/random.ts';
import { rank } from '../../core/metrics/ranking.ts';
import type { Drawn } from './worlds.ts';

const RESAMPLES = 200;

/** The difference of average precision as it is usually given an interval: percentiles of resampled blocks. */
export function byPercentiles({ labels, blocks, challenger, champion }: Drawn, random: Random) {
  const count = blocks.at(-1)! + 1;
  const [ours, theirs] = [rank(challenger).order, rank(champion).order];
  const averagePrecision = (order: Uint32Array, times: Int32Array): number => {
    let [rows, positives, sum] = [0, 0, 0];
    for (const row of order) {
      const often = times[blocks[row]!]!;
      rows += often;
      if (labels[row] !== 1 || often === 0) continue;
      positives += often;
      sum += (often * positives) / rows;
    }
    return positives === 0 ? Number.NaN : sum / positives;
  };
  const difference = (times: Int32Array): number => averagePrecision(ours, times) - averagePrecision(theirs, times);

  const drawn: number[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    const times = new Int32Array(count);
    for (let block = 0; block < count; block++) times[random.integer(count)]!++;
    const found = difference(times);
    if (!Number.isNaN(found)) drawn.push(found);
  }
  drawn.sort((a, b) => a - b);
  return {
    estimate: difference(new Int32Array(count).fill(1)),
    low: drawn[Math.round(0.025 * (drawn.length - 1))] ?? 0,
    high: drawn[Math.round(0.975 * (drawn.length - 1))] ?? 0,
  };
}
