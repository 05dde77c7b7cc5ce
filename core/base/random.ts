import { sha256 } from './sha256.ts';

/** Pseudo-random numbers that are the same for a seed, on every machine and in every release. */
export interface Random {
  /** 0 <= x < 1. */
  uniform(): number;
  normal(mean?: number, deviation?: number): number;
  /** A whole number, 0 <= x < below. */
  integer(below: number): number;
  /** Reorders the list in place, and returns it. */
  shuffle<T>(list: T[]): T[];
  pick<T>(list: readonly T[]): T;
}

/**
 * sfc32 (Chris Doty-Humphrey, PractRand): small, fast, and passes the tests that a simulation or a bootstrap needs.
 * Not for secrets. https://pracrand.sourceforge.net/RNG_engines.txt
 * createRandom(1).integer(100) // => 46
 */
export function createRandom(seed: number | string): Random {
  const [low, high] = words(seed);
  let [a, b, c, counter] = [0, low, high, 1];
  let spare: number | null = null;

  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next(); // lets similar seeds diverge before the first number is used

  const uniform = (): number => next() / 2 ** 32;
  const integer = (below: number): number => Math.floor(uniform() * below);
  return {
    uniform,
    integer,
    normal(mean = 0, deviation = 1) {
      if (spare !== null) {
        const kept = spare;
        spare = null;
        return mean + deviation * kept;
      }
      // Box and Muller: two uniform numbers make two normal ones. 1 - u is never 0, so its logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return mean + deviation * radius * Math.cos(angle);
    },
    shuffle(list) {
      for (let i = list.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [list[i], list[j]] = [list[j]!, list[i]!];
      }
      return list;
    },
    pick(list) {
      if (list.length === 0) throw new RangeError('Cannot pick from an empty list');
      return list[integer(list.length)]!;
    },
  };
}

function words(seed: number | string): [number, number] {
  if (typeof seed === 'string') {
    const hash = sha256(seed);
    return [parseInt(hash.slice(0, 8), 16), parseInt(hash.slice(8, 16), 16)];
  }
  if (!Number.isSafeInteger(seed)) throw new RangeError(`A seed is a text or a whole number, not ${seed}`);
  return [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
}
