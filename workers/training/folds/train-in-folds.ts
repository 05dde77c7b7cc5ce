import { assignFolds, neededInWords } from './assign.ts';
import { createCheckpoints, readCheckpoint, type FoldsState } from './checkpoint.ts';
import { withAllRows, withFold } from './fold-rows.ts';
import { labelsOf, splitReader } from '../reading.ts';
import { resume } from '../resume.ts';
import { type ModelAfter, type Surroundings } from '../train.ts';
import { type TrainingEvents } from '../pulse.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { type TrainedModel } from '../../../core/model/artifact.ts';
import { compileScorer } from '../../../core/model/scorer.ts';
import { encodeNumbers } from '../../../core/model/numbers/weights.ts';
import { type Plan } from '../../../core/recipes/recipe.ts';
import { type Folds } from '../../../core/training/splits/folds.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

type TrainOnce = (job: TrainingJob, surroundings: Surroundings) => Promise<TrainedModel>;

/**
 * Trains a model for each fold on the others, and scores it there: the metrics of these scores are of all rows, none of
 * which its model had learnt from. Then trains on all of them, for as long as was best for the folds on average.
 */
export async function trainInFolds(
  { folds: dealing, ...job }: TrainingJob & { folds: Folds },
  plan: Plan,
  surroundings: Surroundings,
  trainOnce: TrainOnce,
): Promise<TrainedModel> {
  const { analytics, events } = surroundings;
  const began = Date.now();
  const folds = await assignFolds(job, dealing, analytics, events.log);
  if (folds === null) {
    events.log(`Training ${job.candidate.name} without folds: ${neededInWords(job, dealing)}`);
    return trainOnce(job, surroundings);
  }
  const width = job.classes?.length ?? 1;
  const state =
    (await resume(job, events, (file) => readCheckpoint(job, dealing, folds.length * width, file))) ??
    startOf(folds.length * width);
  const earlier = state.seconds;
  const seconds = (): number => earlier + (Date.now() - began) / 1000;
  const writeCheckpoint = createCheckpoints(job, dealing);
  const checkpoint = async (under: string | null): Promise<void> => {
    Object.assign(state, { under, seconds: seconds() });
    await events.checkpoint(await writeCheckpoint(state));
  };

  /** One of the trainings, from where an earlier attempt left it. */
  async function trainPart(part: Pick<Surroundings, 'analytics' | 'events' | 'keep'>, more: Partial<TrainingJob>) {
    const folder = join(job.folder, 'part');
    // A process that crashed while it loaded TF.js leaves it to the one that trains without.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    const around = { ...surroundings, ...part, events: { ...part.events, checkpoint } };
    const model = await trainOnce({ ...job, ...more, folder, resumeFrom: state.under }, around);
    await rm(folder, { recursive: true, force: true });
    return model;
  }
  const trainFold = (fold: number, more: Partial<TrainingJob> = {}, keep?: Surroundings['keep']) =>
    trainPart(
      { analytics: withFold(analytics, folds, fold), events: eventsOfFold(events, state.curve), ...(keep && { keep }) },
      more,
    );
  async function finishPart(changes: Partial<FoldsState>): Promise<void> {
    Object.assign(state, changes, { curve: [] });
    await checkpoint(null);
  }

  const isOfRounds = hasRounds(plan);
  /** Of folds of this attempt: their models need not be trained again for as long as is best. */
  const kept = new Map<number, ModelAfter>();
  while (isOfRounds && state.curves.length < dealing.count) {
    const fold = state.curves.length;
    await trainFold(fold, {}, (modelAfter) => kept.set(fold, modelAfter));
    await finishPart({ curves: [...state.curves, state.curve] });
  }
  const best = isOfRounds && { rounds: lowest(meanOf(state.curves)) };
  while (state.scored < dealing.count) {
    const fold = state.scored;
    // A fold that ended its own training when it suited its rows best would be scored too well.
    const model = (best && (await kept.get(fold)?.(best.rounds))) || (await trainFold(fold, { ...best }));
    kept.delete(fold);
    const { scoreChunk } = compileScorer(model);
    const reader = splitReader(withFold(analytics, folds, fold), job.trainingSet, Object.keys(job.columns));
    let row = -1;
    for await (const chunk of reader.chunks('selection')) {
      const said = scoreChunk(chunk);
      for (let i = 0; i < chunk.rows; i++) {
        row = folds.indexOf(fold, row + 1);
        state.scores.set(said.subarray(i * width, (i + 1) * width), row * width);
      }
      events.check();
    }
    await finishPart({ scored: fold + 1, ...(!isOfRounds && { curves: [...state.curves, state.curve] }) });
  }

  const all = { analytics: withAllRows(analytics), events: eventsOfAll(events, meanOf(state.curves)) };
  const model = await trainPart(all, { ...best });
  const labels: number[] = [];
  for await (const chunk of all.analytics.readSplit(job.trainingSet, 'train', []))
    for (const label of labelsOf(chunk)) labels.push(Number(label));
  return {
    ...model,
    trainedWith: {
      ...model.trainedWith,
      seconds: seconds(),
      folds: dealing.count,
      outOfFold: metricsOf(job.labelKind, state.scores, labels),
    },
    foldScores: encodeNumbers(Float32Array.from(state.scores)),
  };
}

const startOf = (numbers: number): FoldsState => ({
  curves: [],
  scored: 0,
  scores: new Float64Array(numbers),
  curve: [],
  under: null,
  seconds: 0,
});

/** A forest is whole with all its trees, since none of them learns what the trees before it left; what is constant has no rounds. */
function hasRounds(plan: Plan): boolean {
  if (plan.kind === 'trees') return plan.boosted;
  return plan.kind !== 'constant' && plan.kind !== 'lastValue';
}

/** Heartbeats of a fold, and its selection loss after each epoch, tree or penalty. */
const eventsOfFold = (events: TrainingEvents, curve: number[]): TrainingEvents => ({
  ...events,
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
