import { createRandom, type Random } from '../../core/base/random.ts';
import type { ScoredPair } from '../../core/metrics/difference.ts';

/** Scores of a model are a signal for positives, and noise; a day or an entity has its own luck with either model. */
export interface World {
  blocks: number;
  /** On average. */
  rowsPerBlock: number;
  share: number;
  /** How far apart a model sets the classes, in deviations of its noise. */
  challenger: number;
  champion: number;
  /** How much of a row's noise both models share, since they learn alike. */
  shared: number;
  /** The deviation of a block's own signal under each model. */
  luck: number;
  /** Whether a block's rows have one label, as a stolen card's have. */
  alike: boolean;
}

/** Rows of a holdout, scored by two models. */
export function draw(world: World, random: Random): ScoredPair {
  const lists = {
    labels: [] as number[],
    challenger: [] as number[],
    champion: [] as number[],
    blocks: [] as number[],
  };
  for (let block = 0; block < world.blocks; block++) {
    const [ours, theirs] = [random.normal(world.challenger, world.luck), random.normal(world.champion, world.luck)];
    const isPositive = random.uniform() < world.share;
    // Between half and one and a half of the average.
    const rows = Math.max(1, Math.round(world.rowsPerBlock * (0.5 + random.uniform())));
    for (let i = 0; i < rows; i++) {
      const label = (world.alike ? isPositive : random.uniform() < world.share) ? 1 : 0;
      const common = random.normal(0, Math.sqrt(world.shared));
      const own = Math.sqrt(1 - world.shared);
      lists.labels.push(label);
      lists.challenger.push(ours * label + common + random.normal(0, own));
      lists.champion.push(theirs * label + common + random.normal(0, own));
      lists.blocks.push(block);
    }
  }
  return lists;
}

export const seeded = (name: string): Random => createRandom(`gates ${name}`);
