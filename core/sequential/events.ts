/**
 * Events that are one side's with a known probability, unless that side brings them about more often: of all failures a
 * share of 10 % is the challenger's if it gets 10 % of the requests. The evidence is an e-process: it may be looked at
 * after each event, for ever, and the chance that it ever reaches 1 / alpha without cause is at most alpha (Ville).
 */
export interface Events {
  /** Those of the side in question. */
  its: number;
  others: number;
}

/**
 * How many times as often, less 1, the mixture tries: dense near none, where much data is needed, and up to 80 times.
 */
const EXCESSES = Array.from({ length: 13 }, (_, i) => 0.02 * 2 ** i);

/**
 * The logarithm of the evidence that its share of events is larger than `share`: the mean of the likelihood ratios of
 * some larger odds. As each falls in expectation with a smaller share, and a unit that counts on both sides only lowers
 * it, it also holds for shares below `share` and for paired units at a share of a half.
 * Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", 2021, 3.
 * evidenceOfMore({ its: 8, others: 2 }, 0.1) // => 12.06
 */
export function evidenceOfMore({ its, others }: Events, share: number): number {
  const all = its + others;
  return logMean(EXCESSES.map((excess) => its * Math.log1p(excess) - all * Math.log1p(excess * share)));
}

/**
 * The smallest share that the evidence leaves possible. It stays below the true one at every look, but for a chance of
 * `alpha`. leastShare({ its: 8, others: 2 }, 0.05) // => 0.35
 */
export function leastShare(events: Events, alpha: number): number {
  const enough = -Math.log(alpha);
  if (evidenceOfMore(events, 0) < enough) return 0;
  let [low, high] = [0, 1]; // the evidence falls as the share rises
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (evidenceOfMore(events, middle) >= enough) low = middle;
    else high = middle;
  }
  return low;
}

/** Whether its share looks larger at this one look, by that many standard errors. No promise over many looks. */
export const looksLikeMore = ({ its, others }: Events, share: number, errors: number): boolean =>
  its - 0.5 - (its + others) * share > errors * Math.sqrt((its + others) * share * (1 - share));

/** Without overflow, however large the evidence. */
export function logMean(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  if (largest === -Infinity) return -Infinity;
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0) / logs.length);
}
