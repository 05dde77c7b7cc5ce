import { type TrainedModel } from '../../core/model/artifact.ts';
import { type EstimateInterval } from '../../core/model/calibration/interval.ts';
import { type Threads } from '../../core/base/threads.ts';
import { type SplitName } from '../../core/training/training.ts';
import { compute } from '../steps/compute.ts';
import { type ScoredSplit } from './scoring.ts';

/** The intervals of a model's estimates, by all rows that it has not learnt from and that do not judge it. */
export async function intervalFor(
  threads: Threads,
  { trainedWith }: TrainedModel,
  coverage: number,
  scored: (split: SplitName) => Promise<ScoredSplit>,
): Promise<EstimateInterval | null> {
  // A model that was measured in folds has learnt from the selection split.
  const splits: SplitName[] = trainedWith.folds === undefined ? ['selection', 'calibration'] : ['calibration'];
  const parts: ScoredSplit[] = [];
  for (const split of splits) parts.push(await scored(split));
  const estimates = joined(parts.map(({ scores }) => scores[0]!));
  const labels = joined(parts.map((part) => part.labels));
  return compute(threads, 'fitInterval', estimates, labels, coverage);
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
