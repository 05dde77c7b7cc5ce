/**
 * P-values as the least share of false discoveries at which each is one: of the columns with 0.05 or less, on average at
 * most one in twenty is there by chance, however the columns depend on each other. Benjamini and Yekutieli, "The control
 * of the false discovery rate in multiple testing under dependency", 2001: https://doi.org/10.1214/aos/1013699998
 * adjusted([0.01, 0.5]) // => [0.03, 0.75]
 */
export function adjusted(ps: readonly number[]): number[] {
  const harmonic = ps.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
  const falling = ps.map((p, place) => ({ p, place })).sort((a, b) => b.p - a.p);
  const found: number[] = [];
  let least = 1;
  falling.forEach(({ p, place }, i) => {
    least = Math.min(least, (p * harmonic * ps.length) / (ps.length - i));
    found[place] = least;
  });
  return found;
}

/** Of the columns that are told as moved, at most this share is there by chance. */
export const FALSE_DISCOVERIES = 0.05;
