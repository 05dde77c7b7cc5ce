import { type Analytics } from '../../core/data/analytics.ts';
import { type Threads } from '../../core/base/threads.ts';
import { decodeNumbers } from '../../core/model/numbers/weights.ts';
import { type Evaluation, type SplitName } from '../../core/training/training.ts';
import { compute } from '../steps/compute.ts';
import { type OutOfFoldQuestion } from './compare-models.ts';
import { createList, scoreSplit, type ScoredSplit } from './scoring.ts';

interface Asked extends OutOfFoldQuestion {
  split: { file: string; byEntity: boolean };
  /** What the folds' models said of the train and then the selection split, of so many classes. */
  foldScores: string;
  width: number;
  /** How many models the winner was chosen from. */
  tried: number;
}

/** How much better than knowing nothing the winner is on the rows that its folds scored, many more than a small holdout has. */
export async function measureOutOfFold(
  { analytics, threads }: { analytics: Pick<Analytics, 'readSplit'>; threads: Threads },
  { split, foldScores, width, tried, ...question }: Asked,
  onScored: (rows: number) => void,
): Promise<Evaluation['leadOutOfFold'] | null> {
  const read = (name: SplitName) => scoreSplit(analytics, { ...split, columns: [], split: name }, [], onScored);
  const [train, selection] = [await read('train'), await read('selection')];
  const both = (of: (split: ScoredSplit) => Float64Array): Float64Array => {
    const list = createList();
    list.add(of(train));
    list.add(of(selection));
    return list.all();
  };
  const labels = both((split) => split.labels);
  const rows = labels.length;
  const scored = {
    labels,
    times: both((split) => split.times),
    blocks: both((split) => split.blocks),
    scores: [Float64Array.from(decodeNumbers('Float32Array', foldScores, rows * width, 'scores'))],
  };
  // The best of several looks better than it is.
  const level = 1 - (1 - question.level) / Math.max(1, tried);
  const lead = await compute(threads, 'leadOutOfFold', scored, { ...question, level });
  return lead && { ...lead, rows };
}
