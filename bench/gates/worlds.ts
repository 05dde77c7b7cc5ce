import type { Random } from '../../core/base/random.ts';

/** Scores of a model are a signal for positives, and noise; a day or an entity has its own luck with either model. */
export interface World {
  /** Days or entities. */
  blocks: number;
  /** On average. */
  rowsPerBlock: number;
  /** Of positives. */
  share: number;
  /** How far apart a model sets the classes, in deviations of its noise. */
  challenger: number;
  champion: number;
  /** How much of a row's noise all models share, since they learn alike. */
  shared: number;
  /** The deviation of a block's own signal under each model. */
  luck: number;
}

/** Rows of a holdout, scored by two models. */
export interface Drawn {
  labels: Float64Array;
  blocks: Float64Array;
  challenger: Float64Array;
  champion: Float64Array;
  /** What all models see of each row. */
  common: Float64Array;
}

export function draw(world: World, random: Random): Drawn {
  // Blocks of between half and one and a half of the average.
  const sizes = Array.from({ length: world.blocks }, () =>
    Math.max(1, Math.round(world.rowsPerBlock * (0.5 + random.uniform()))),
  );
  const blocks = Float64Array.from(sizes.flatMap((size, block) => Array<number>(size).fill(block)));
  const labels = blocks.map(() => (random.uniform() < world.share ? 1 : 0));
  const common = blocks.map(() => random.normal(0, Math.sqrt(world.shared)));
  const rows = { labels, blocks, common };
  const [challenger, champion] = [world.challenger, world.champion].map((signal) => score(world, rows, signal, random));
  return { ...rows, challenger: challenger!, champion: champion! };
}

/** Scores of one more model for the same rows. */
export function score(
  world: World,
  { labels, blocks, common }: Pick<Drawn, 'labels' | 'blocks' | 'common'>,
  signal: number,
  random: Random,
): Float64Array {
  const signals = Array.from({ length: world.blocks }, () => random.normal(signal, world.luck));
  const own = Math.sqrt(1 - world.shared);
  return labels.map((label, row) => signals[blocks[row]!]! * label + common[row]! + random.normal(0, own));
}

/** The average precision that a signal has in endlessly many rows, without luck. */
export function averagePrecisionOf(signal: number, share: number): number {
  const STEP = 0.002;
  const density = (x: number): number => (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * STEP;
  let [sum, positives, negatives] = [0, 0, 0];
  for (let score = 8 + signal; score > -8; score -= STEP) {
    const found = share * density(score - signal);
    positives += found;
    negatives += (1 - share) * density(score);
    sum += (found * positives) / (positives + negatives);
  }
  return sum / share;
}

/** The signal that has this average precision. */
export function signalFor(averagePrecision: number, share: number): number {
  let [low, high] = [0, 8];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (averagePrecisionOf(middle, share) < averagePrecision) low = middle;
    else high = middle;
  }
  return low;
}
