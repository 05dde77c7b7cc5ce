import { evidenceOfMore, logMean } from '../../sequential/events.ts';
import { bucketsPerOctave, timeBounds } from './tally.ts';

/** Times by bucket, as a tally holds them. */
type Times = readonly number[];

/** The bounds whose numbers of slower answers are compared, each as a test of its own: two to a doubling. */
const compared = timeBounds.flatMap((_, bound) => (bound % (bucketsPerOctave / 2) === 0 ? [bound] : []));

/** How many answers took longer than each bound. */
export function slowerThan(times: Times): number[] {
  const slower = new Array<number>(timeBounds.length).fill(0);
  let sum = 0;
  for (let bound = timeBounds.length - 1; bound >= 0; bound--) slower[bound] = sum += times[bound + 1] ?? 0;
  return slower;
}

/** A factor as a number of buckets, rounded up: bucketsOf(1.5) // => 5 */
export const bucketsOf = (factor: number): number => Math.ceil(bucketsPerOctave * Math.log2(factor) - 1e-9);
export const factorOf = (buckets: number): number => 2 ** (buckets / bucketsPerOctave);

export interface Slower {
  /** The logarithm of the evidence, over all bounds. */
  evidence: number;
  /** The bound that shows it best. */
  bound: number;
}

/**
 * The evidence that challenger answers are more than `buckets` slower: were they not, then beyond a bound that many
 * buckets higher there would be no more of them than there are of the champion's beyond the bound itself, at each
 * bound. The lowest bound is 1 ms, so what is faster is never slow. The mean over bounds fixed beforehand is evidence
 * again.
 */
export function evidenceOfSlowdown(challenger: Times, champion: Times, share: number, buckets: number): Slower {
  const [mine, theirs] = [slowerThan(challenger), slowerThan(champion)];
  const logs = compared.map((bound) =>
    evidenceOfMore({ its: mine[bound + buckets] ?? 0, others: theirs[bound]! }, share),
  );
  return { evidence: logMean(logs), bound: compared[logs.indexOf(Math.max(...logs))]! };
}

/** By how many times at least the challenger is proven to be slower; 0: not proven to be slower at all. */
export function provenSlowdown(challenger: Times, champion: Times, share: number, alpha: number): number {
  const proven = (buckets: number): boolean =>
    evidenceOfSlowdown(challenger, champion, share, buckets).evidence >= -Math.log(alpha);
  if (!proven(0)) return 0;
  let [low, high] = [0, timeBounds.length]; // the evidence falls as the factor rises
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (proven(middle)) low = middle;
    else high = middle;
  }
  return factorOf(low);
}

/** The first bound that no more than a tenth of the answers exceed; the last one if there is none. */
export function slowestTenth(times: Times): number {
  const slower = slowerThan(times);
  const all = slower[0]! + (times[0] ?? 0);
  const bound = slower.findIndex((count) => count <= all / 10);
  return bound < 0 ? timeBounds.length - 1 : bound;
}
