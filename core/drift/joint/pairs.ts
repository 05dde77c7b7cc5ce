import type { Value } from '../../data/data.ts';
import { adjusted, FALSE_DISCOVERIES } from '../explaining/discoveries.ts';
import { chiSquaredTail } from '../gamma.ts';
import type { JointColumn } from './classifier.ts';

/** Two columns that belong together otherwise than they did: their correlation of ranks before and now. */
export interface MovedPair {
  columns: [string, string];
  reference: number;
  current: number;
}

/** Of a column of levels, each of the most frequent ones is looked at by itself. */
const LEVELS = 3;
/** A smaller change of a correlation is not worth a sentence. */
const LEAST = 0.1;

interface Ranked {
  column: string;
  before: Float64Array;
  after: Float64Array;
}

/**
 * The pair of columns whose correlation changed most for sure, if any. Ranks on each side are its own, so what a single
 * column did does not show here. https://en.wikipedia.org/wiki/Fisher_transformation
 */
export function movedPair(
  columns: readonly JointColumn[],
  references: number,
  rows: number,
  effect = 1,
): MovedPair | null {
  const ranked = columns.flatMap((column) => rankedOf(column, references));
  const pairs = ranked.flatMap((a, i) =>
    ranked.slice(i + 1).flatMap((b) => {
      if (a.column === b.column) return [];
      const [before, after] = [correlation(a.before, b.before), correlation(a.after, b.after)];
      return [{ columns: [a.column, b.column] as [string, string], reference: before, current: after }];
    }),
  );
  const error = effect / (references - 3) + effect / (rows - references - 3);
  const zOf = ({ reference, current }: MovedPair): number => (fisher(current) - fisher(reference)) ** 2 / error;
  const qs = adjusted(pairs.map((pair) => chiSquaredTail(zOf(pair), 1)));
  const by = ({ reference, current }: MovedPair): number => Math.abs(current - reference);
  const [most] = pairs
    .filter((pair, i) => qs[i]! <= FALSE_DISCOVERIES && by(pair) >= LEAST)
    .sort((a, b) => by(b) - by(a));
  return most ?? null;
}

function rankedOf({ column, kind, values }: JointColumn, references: number): Ranked[] {
  const sides = (all: readonly number[]): Ranked => ({
    column,
    before: standardRanks(all.slice(0, references)),
    after: standardRanks(all.slice(references)),
  });
  if (kind === 'number') return [sides(values.map((value) => (typeof value === 'number' ? value : NaN)))];
  const counts = new Map<Value, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || (String(a[0]) < String(b[0]) ? -1 : 1));
  // Of two levels, the one tells the other.
  const looked = frequent.slice(0, frequent.length === 2 ? 1 : LEVELS);
  return looked.map(([level]) => sides(values.map((value) => (value === level ? 1 : 0))));
}

/** Ranks with mean 0 and length 1, ties shared; a missing value has the middle rank. All 0 for a constant. */
function standardRanks(values: readonly number[]): Float64Array {
  const order = values
    .flatMap((value, row) => (Number.isNaN(value) ? [] : [row]))
    .sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let i = from; i <= to; i++) ranks[order[i]!] = (from + to) / 2 - (order.length - 1) / 2;
    from = to + 1;
  }
  const length = Math.sqrt(ranks.reduce((sum, rank) => sum + rank * rank, 0));
  return length === 0 ? ranks : ranks.map((rank) => rank / length);
}

const correlation = (a: Float64Array, b: Float64Array): number => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
const fisher = (correlation: number): number => Math.atanh(Math.max(-0.999, Math.min(0.999, correlation)));
