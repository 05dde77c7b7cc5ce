import type { MovedPair } from './pairs.ts';

/** pairInWords(pair) // => 'amount and country belong together less closely than they did: ...' */
export const pairInWords = (pair: MovedPair): string =>
  `${pair.columns.join(' and ')} belong together ${howNow(pair)} than they did: ` +
  `their rank correlation was ${shown(pair.reference)} and is ${shown(pair.current)}`;

function howNow({ reference, current }: MovedPair): string {
  if (reference * current < 0 && Math.min(Math.abs(reference), Math.abs(current)) >= 0.1) return 'the other way round';
  return Math.abs(current) > Math.abs(reference) ? 'more closely' : 'less closely';
}

const shown = (correlation: number): string => correlation.toFixed(2).replace('-', '\u2212');
