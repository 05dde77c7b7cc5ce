import { createRandom } from '../../core/base/random.ts';
import { type Row } from '../../core/data/data.ts';

/** Rows that a model has scored, with the labels that come later. */
export interface ScoredRow {
  row: Row;
  /** Of classes, the probability of the likeliest. */
  score: number;
  label: number;
  probabilities?: number[];
}

/** What follows from the inputs stays the same; the inputs change. */
export interface World {
  name: string;
  kind: 'binary' | 'class' | 'number';
  /** Where a decision is made. */
  threshold: number | null;
  reference: ScoredRow[];
  /** In order of time, CHUNKS times CHUNK rows. */
  analysis: ScoredRow[];
}

export const CHUNK = 1_000;
export const CHUNKS = 40;
const DAYS = 14;
const REFERENCE = DAYS * 1_000;
export const REFERENCE_PER_DAY = REFERENCE / DAYS;

export const chunksOf = (rows: readonly ScoredRow[]): ScoredRow[][] =>
  Array.from({ length: rows.length / CHUNK }, (_, i) => rows.slice(i * CHUNK, (i + 1) * CHUNK));

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

interface BinaryWorld {
  name: string;
  seed: number;
  /** The mean logit of the truth before, and how far it has moved by the last chunk. */
  base: number;
  moved: number;
  /** Of the score's logit: how overconfident the model is. */
  slope: number;
  /** How much days differ. */
  unrest: number;
  threshold: number;
}

function binaryWorld({ name, seed, base, moved, slope, unrest, threshold }: BinaryWorld): World {
  const random = createRandom(seed);
  const make = (rows: number, shift: (row: number) => number): ScoredRow[] => {
    let ofDay = 0;
    return Array.from({ length: rows }, (_, i) => {
      if (i % CHUNK === 0) ofDay = random.normal(0, unrest);
      const truth = base + shift(i) + 1.4 * random.normal();
      const known = slope * truth;
      return { row: {}, score: sigmoid(known), label: Number(random.uniform() < sigmoid(truth + ofDay)) };
    });
  };
  const last = CHUNK * CHUNKS;
  return {
    name,
    kind: 'binary',
    threshold,
    reference: make(REFERENCE, () => 0),
    analysis: make(last, (i) => (moved * i) / last),
  };
}

interface NumberWorld {
  name: string;
  seed: number;
  /** How far labels lie from the truth: by the size of the estimate, and by columns that the estimate does not show. */
  spread: (estimate: number, row: { a: number; b: number }) => number;
}

function numberWorld({ name, seed, spread }: NumberWorld): World {
  const random = createRandom(seed);
  const make = (rows: number, shift: (row: number) => number): ScoredRow[] =>
    Array.from({ length: rows }, (_, i) => {
      const moved = shift(i);
      const [a, b, c] = [random.normal() + moved, random.normal() + moved, random.normal()];
      const score = 10 + 3 * a + 2 * c;
      return { row: { a, b, c }, score, label: score + random.normal(0, spread(score, { a, b })) };
    });
  const last = CHUNK * CHUNKS;
  return {
    name,
    kind: 'number',
    threshold: null,
    reference: make(REFERENCE, () => 0),
    analysis: make(last, (i) => (1.5 * i) / last),
  };
}

/** Four classes, the last of them rare, of which the model is too sure; inputs move towards the third. */
function classWorld(name: string, seed: number): World {
  const random = createRandom(seed);
  const make = (rows: number, shift: (row: number) => number): ScoredRow[] =>
    Array.from({ length: rows }, (_, i) => {
      const [a, b] = [random.normal() + shift(i), random.normal()];
      const logits = [0.5 + 1.2 * b, -1.2 * b, 1.2 * a - 0.5, 0.8 * (b - a) - 1.5];
      const probabilities = softmax(logits.map((logit) => 1.4 * logit));
      let [label, left] = [0, random.uniform()];
      for (const chance of softmax(logits)) if ((left -= chance) > 0 && label < logits.length - 1) label++;
      return { row: {}, score: Math.max(...probabilities), label, probabilities };
    });
  const last = CHUNK * CHUNKS;
  return {
    name,
    kind: 'class',
    threshold: null,
    reference: make(REFERENCE, () => 0),
    analysis: make(last, (i) => (1.2 * i) / last),
  };
}

function softmax(logits: readonly number[]): number[] {
  const odds = logits.map(Math.exp);
  const all = odds.reduce((sum, each) => sum + each, 0);
  return odds.map((each) => each / all);
}

export const makeWorlds = (round: number): World[] => [
  binaryWorld({ name: 'calibrated', seed: 10 * round + 1, base: -0.5, moved: 1, slope: 1, unrest: 0, threshold: 0.5 }),
  binaryWorld({
    name: 'overconfident',
    seed: 10 * round + 2,
    base: -0.5,
    moved: 1,
    slope: 1.6,
    unrest: 0,
    threshold: 0.5,
  }),
  binaryWorld({
    name: 'rare positives',
    seed: 10 * round + 3,
    base: -4,
    moved: 1,
    slope: 1,
    unrest: 0,
    threshold: 0.1,
  }),
  binaryWorld({
    name: 'restless days',
    seed: 10 * round + 4,
    base: -1,
    moved: 1,
    slope: 1.2,
    unrest: 0.3,
    threshold: 0.5,
  }),
  classWorld('four classes', 10 * round + 7),
  numberWorld({
    name: 'errors by size',
    seed: 10 * round + 5,
    spread: (estimate) => 0.5 + 0.2 * Math.abs(estimate - 10),
  }),
  numberWorld({
    name: 'errors by columns',
    seed: 10 * round + 6,
    spread: (_, { a, b }) => 1 + Math.exp(0.5 * b) + (a > 1 ? 1 : 0),
  }),
];
