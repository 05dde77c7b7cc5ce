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
  /** In order of time, by whole windows. */
  analysis: ScoredRow[];
  /** How many days an estimate is of. */
  windowDays: number;
}

export const PER_DAY = 1_000;
const REFERENCE_DAYS = 14;
const REFERENCE = REFERENCE_DAYS * PER_DAY;
/** The lengths of windows in days, and how many days inputs drift in. */
export const lengths: readonly { days: number; of: number }[] = [
  { days: 1, of: 40 },
  { days: 7, of: 84 },
  { days: 28, of: 84 },
];
export type Windows = (typeof lengths)[number];

export function windowsOf({ analysis, windowDays }: Pick<World, 'analysis' | 'windowDays'>): ScoredRow[][] {
  const rows = windowDays * PER_DAY;
  return Array.from({ length: analysis.length / rows }, (_, i) => analysis.slice(i * rows, (i + 1) * rows));
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

interface BinaryWorld {
  name: string;
  seed: number;
  /** The mean logit of the truth before, and how far it has moved by the last day. */
  base: number;
  moved: number;
  /** Of the score's logit: how overconfident the model is. */
  slope: number;
  /** How much days differ. */
  unrest: number;
  threshold: number;
}

function binaryWorld({ name, seed, base, moved, slope, unrest, threshold }: BinaryWorld, { days, of }: Windows): World {
  const random = createRandom(seed);
  const make = (rows: number, shift: (row: number) => number): ScoredRow[] => {
    let ofDay = 0;
    return Array.from({ length: rows }, (_, i) => {
      if (i % PER_DAY === 0) ofDay = random.normal(0, unrest);
      const truth = base + shift(i) + 1.4 * random.normal();
      const known = slope * truth;
      return { row: {}, score: sigmoid(known), label: Number(random.uniform() < sigmoid(truth + ofDay)) };
    });
  };
  const last = PER_DAY * of;
  return {
    name,
    kind: 'binary',
    threshold,
    reference: make(REFERENCE, () => 0),
    analysis: make(last, (i) => (moved * i) / last),
    windowDays: days,
  };
}

interface NumberWorld {
  name: string;
  seed: number;
  /** How far labels lie from the truth: by the size of the estimate, and by columns that the estimate does not show. */
  spread: (estimate: number, row: { a: number; b: number }) => number;
}

function numberWorld({ name, seed, spread }: NumberWorld, { days, of }: Windows): World {
  const random = createRandom(seed);
  const make = (rows: number, shift: (row: number) => number): ScoredRow[] =>
    Array.from({ length: rows }, (_, i) => {
      const moved = shift(i);
      const [a, b, c] = [random.normal() + moved, random.normal() + moved, random.normal()];
      const score = 10 + 3 * a + 2 * c;
      return { row: { a, b, c }, score, label: score + random.normal(0, spread(score, { a, b })) };
    });
  const last = PER_DAY * of;
  return {
    name,
    kind: 'number',
    threshold: null,
    reference: make(REFERENCE, () => 0),
    analysis: make(last, (i) => (1.5 * i) / last),
    windowDays: days,
  };
}

/** Four classes, the last of them rare, of which the model is too sure; inputs move towards the third. */
function classWorld({ name, seed }: Pick<World, 'name'> & { seed: number }, { days, of }: Windows): World {
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
  const last = PER_DAY * of;
  return {
    name,
    kind: 'class',
    threshold: null,
    reference: make(REFERENCE, () => 0),
    analysis: make(last, (i) => (1.2 * i) / last),
    windowDays: days,
  };
}

function softmax(logits: readonly number[]): number[] {
  const odds = logits.map(Math.exp);
  const all = odds.reduce((sum, each) => sum + each, 0);
  return odds.map((each) => each / all);
}

type Make = { name: string; make(): World };

/** The worlds of a round with windows of so many days, each made when it is asked for. */
export function worldsOf(round: number, windows: Windows): Make[] {
  const called = (name: string): string => (windows.days === 1 ? name : `${name}, ${windows.days} days`);
  const seeded = (of: number): number => 10 * round + of;
  const binary = (of: BinaryWorld): Make => {
    const name = called(of.name);
    return { name, make: () => binaryWorld({ ...of, name }, windows) };
  };
  const number = (of: NumberWorld): Make => {
    const name = called(of.name);
    return { name, make: () => numberWorld({ ...of, name }, windows) };
  };
  const classes = called('four classes');
  return [
    binary({ name: 'calibrated', seed: seeded(1), base: -0.5, moved: 1, slope: 1, unrest: 0, threshold: 0.5 }),
    binary({ name: 'overconfident', seed: seeded(2), base: -0.5, moved: 1, slope: 1.6, unrest: 0, threshold: 0.5 }),
    binary({ name: 'rare positives', seed: seeded(3), base: -4, moved: 1, slope: 1, unrest: 0, threshold: 0.1 }),
    binary({ name: 'restless days', seed: seeded(4), base: -1, moved: 1, slope: 1.2, unrest: 0.3, threshold: 0.5 }),
    { name: classes, make: () => classWorld({ name: classes, seed: seeded(7) }, windows) },
    number({ name: 'errors by size', seed: seeded(5), spread: (estimate) => 0.5 + 0.2 * Math.abs(estimate - 10) }),
    number({
      name: 'errors by columns',
      seed: seeded(6),
      spread: (_, { a, b }) => 1 + Math.exp(0.5 * b) + (a > 1 ? 1 : 0),
    }),
  ];
}
