import { assignFolds } from './assign.ts';
import { withAllRows, withFold } from './fold-rows.ts';
import { labelsOf, splitReader } from '../reading.ts';
import { type Surroundings } from '../train.ts';
import { type TrainingEvents } from '../pulse.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { type TrainedModel } from '../../../core/model/artifact.ts';
import { compileScorer } from '../../../core/model/scorer.ts';
import { encodeNumbers } from '../../../core/model/weights.ts';
import { type Plan } from '../../../core/recipes/recipe.ts';
import { type Folds } from '../../../core/training/folds.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

type TrainOnce = (job: TrainingJob, surroundings: Surroundings) => Promise<TrainedModel>;

/**
 * Trains a model for each fold on the others, and scores it there: the metrics of these scores are of all rows, none of
 * which its model had learnt from. Then trains on all of them, for as long as was best for the folds on average.
 */
export async function trainInFolds(
  { folds: dealing, averaged, ...job }: TrainingJob & { folds: Folds },
  plan: Plan,
  surroundings: Surroundings,
  trainOnce: TrainOnce,
): Promise<TrainedModel> {
  const { analytics, events } = surroundings;
  const began = Date.now();
  const folds = await assignFolds(job, dealing, analytics);
  if (folds === null) {
    events.log(`Training ${job.candidate.name} without folds: too few rows have a positive label for them`);
    return trainOnce(job, surroundings);
  }
  const trainFold = async (fold: number, more: Partial<TrainingJob>, curve: number[]) => {
    const folder = join(job.folder, `fold-${fold}`);
    await mkdir(folder);
    const around = {
      ...surroundings,
      analytics: withFold(analytics, folds, fold),
      events: eventsOfFold(events, curve),
    };
    const model = await trainOnce({ ...job, ...more, folder, resumeFrom: null }, around);
    await rm(folder, { recursive: true, force: true });
    return model;
  };
  const curves = Array.from({ length: dealing.count }, (): number[] => []);
  const models: TrainedModel[] = [];
  for (const [fold, curve] of curves.entries()) models.push(await trainFold(fold, {}, curve));
  const mean = meanOf(curves);
  // A forest is whole with all its trees: none of them learns what the trees before it left.
  const rounds = mean.length === 0 || (plan.kind === 'trees' && !plan.boosted) ? undefined : lowest(mean);

  const width = job.classes?.length ?? 1;
  const [scores, labels] = [new Float64Array(folds.length * width), new Float64Array(folds.length)];
  for (const fold of curves.keys()) {
    // A fold that ended its own training when it suited its rows best would be scored too well.
    const model = rounds === undefined ? models[fold]! : await trainFold(fold, { rounds }, []);
    const { scoreChunk } = compileScorer(model);
    const reader = splitReader(withFold(analytics, folds, fold), job.trainingSet, Object.keys(job.columns));
    let row = -1;
    for await (const chunk of reader.chunks('selection')) {
      const said = scoreChunk(chunk);
      for (const [i, label] of labelsOf(chunk).entries()) {
        row = folds.indexOf(fold, row + 1);
        labels[row] = Number(label);
        scores.set(said.subarray(i * width, (i + 1) * width), row * width);
      }
      events.check();
    }
  }
  const model = await trainOnce(
    { ...job, ...(rounds !== undefined && { rounds }) },
    { ...surroundings, analytics: withAllRows(analytics), events: eventsOfAll(events, mean) },
  );
  return {
    ...model,
    trainedWith: {
      ...model.trainedWith,
      seconds: (Date.now() - began) / 1000,
      folds: dealing.count,
      outOfFold: metricsOf(job.labelKind, scores, labels),
    },
    ...(averaged && { foldScores: encodeNumbers(Float32Array.from(scores)) }),
  };
}

/** Heartbeats of a fold, and its selection loss after each epoch, tree or penalty. Its checkpoints are of no use. */
const eventsOfFold = (events: TrainingEvents, curve: number[]): TrainingEvents => ({
  ...events,
  checkpoint() {},
  progress(progress) {
    const { done, selectionLoss } = progress;
    if (done > 0 && selectionLoss !== null) curve[done - 1] = selectionLoss;
    events.progress({ ...progress, done: 0, loss: null, selectionLoss: null });
  },
});

/** Of the training on all rows, the loss is known from the folds. */
const eventsOfAll = (events: TrainingEvents, mean: readonly number[]): TrainingEvents => ({
  ...events,
  progress: (progress) => events.progress({ ...progress, selectionLoss: mean[progress.done - 1] ?? null }),
});

/** Over as many rounds as each fold was trained for. */
function meanOf(curves: readonly number[][]): number[] {
  const length = Math.min(...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, at) => curves.reduce((sum, curve) => sum + curve[at]!, 0) / curves.length);
}

const lowest = (losses: readonly number[]): number =>
  1 + losses.reduce((best, loss, at) => (loss < losses[best]! ? at : best), 0);
