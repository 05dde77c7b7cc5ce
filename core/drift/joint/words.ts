import type { MovedPair } from './pairs.ts';

/** pairInWords(pair) // => 'amount and country are hardly correlated now (\u22120.07; it was 0.41)' */
export const pairInWords = (pair: MovedPair): string =>
  `${pair.columns.join(' and ')} are ${howNow(pair)} (${shown(pair.current)}; it was ${shown(pair.reference)})`;

/** A smaller correlation is none. */
const LEAST = 0.1;

function howNow({ reference, current }: MovedPair): string {
  if (Math.abs(current) < LEAST) return 'hardly correlated now';
  if (Math.abs(reference) < LEAST) return 'now correlated';
  if (reference * current < 0) return `now correlated ${current < 0 ? 'negatively' : 'positively'}`;
  return `${Math.abs(current) > Math.abs(reference) ? 'more strongly' : 'more weakly'} correlated now`;
}

/** Without a sign where it rounds to 0. */
const shown = (correlation: number): string =>
  correlation
    .toFixed(2)
    .replace(/^-(?=0\.00$)/, '')
    .replace('-', '\u2212');
