/**
 * How many observations the mixture's guess of other shares weighs: deviations of about a hundredth are found soonest.
 */
const CONCENTRATION = 10_000;

/**
 * The logarithm of the evidence that counts do not come in these shares: the likelihood ratio of a Dirichlet mixture
 * around them. The chance that it ever reaches log(1 / alpha) by chance is at most alpha, looked at after each
 * observation. For an experiment whose arms do not get the traffic that they should (a sample ratio mismatch).
 * Lindon and Malek, "Anytime-valid inference for multinomial count data", 2022, https://arxiv.org/abs/2011.03567
 * evidenceOfOtherShares([{ count: 5200, share: 0.5 }, { count: 4800, share: 0.5 }]) // => 3.65
 */
export function evidenceOfOtherShares(arms: readonly { count: number; share: number }[]): number {
  const all = arms.reduce((sum, { count }) => sum + count, 0);
  let log = logGamma(CONCENTRATION) - logGamma(CONCENTRATION + all);
  for (const { count, share } of arms) {
    const prior = CONCENTRATION * share;
    log += logGamma(prior + count) - logGamma(prior) - count * Math.log(share);
  }
  return log;
}

/** By Stirling's series, after moving the argument up to where it is exact. https://dlmf.nist.gov/5.11.E1 */
function logGamma(x: number): number {
  let shift = 0;
  for (; x < 10; x++) shift += Math.log(x);
  const square = 1 / (x * x);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / x;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series - shift;
}
