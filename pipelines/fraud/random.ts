/** A number in [0, 1). The same seeds make the same sequence, on every machine. */
export type Random = () => number;

/** Mulberry32, by Tommy Ettinger (public domain), started from a mix of all the seeds. */
export function randomFrom(...seeds: number[]): Random {
  let state = seeds.reduce((mixed, seed) => mix(Math.imul(mixed, 31) + (seed | 0)), 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The last step of MurmurHash3: every bit of the input moves about half the bits of the output. */
function mix(bits: number): number {
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** Box and Muller's transform of two uniform numbers. */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Around `median`, with the long tail of incomes, prices and distances. */
export const logNormal = (random: Random, median: number, spread: number): number =>
  median * Math.exp(spread * normal(random));

export const between = (random: Random, low: number, high: number): number => low + (high - low) * random();
/** A whole number from `low` to `high`, both included. */
export const integer = (random: Random, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));
export const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)]!;

/** How many rare things happen when `mean` are expected; beyond 40 the normal curve is close enough. */
export function poisson(random: Random, mean: number): number {
  if (mean > 40) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}

/** Draws items in proportion to their weights. */
export function lottery<T>(tickets: readonly (readonly [T, number])[]): (random: Random) => T {
  const ends = new Float64Array(tickets.length);
  let total = 0;
  tickets.forEach(([, weight], i) => (ends[i] = total += weight));
  return (random) => {
    const at = random() * total;
    let low = 0;
    for (let high = ends.length - 1; low < high;) {
      const middle = (low + high) >> 1;
      if (ends[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return tickets[low]![0];
  };
}
