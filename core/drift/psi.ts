/** What one bin holds of the reference and of the current rows: shares, or counts where it says so. */
export interface Pair {
  reference: number;
  current: number;
}

const SMALLEST_SHARE = 1e-4; // an empty bin would make the logarithm infinite

/**
 * Population stability index: how far the bins' shares moved. 0 is unmoved; by custom 0.1 is slight, 0.25 large.
 * https://en.wikipedia.org/wiki/Kullback-Leibler_divergence#Symmetrised_divergence
 * psi([{ reference: 0.5, current: 0.6 }, { reference: 0.5, current: 0.4 }]) // => 0.0405
 */
export function psi(bins: readonly Pair[]): number {
  let total = 0;
  for (const bin of bins) {
    const before = Math.max(bin.reference, SMALLEST_SHARE);
    const after = Math.max(bin.current, SMALLEST_SHARE);
    total += (after - before) * Math.log(after / before);
  }
  return total;
}
