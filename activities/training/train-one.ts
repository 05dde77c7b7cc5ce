import { UserError } from '../../core/base/errors/errors.ts';
import { type TrainedModel } from '../../core/model/artifact.ts';
import { compileScorer } from '../../core/model/scorer.ts';
import { type Metrics } from '../../core/metrics/metrics.ts';
import { type TrainingJob } from '../../core/training/trainer.ts';
import { foldsOfRun } from '../../core/training/splits/folds.ts';
import { type CandidateResult } from '../../core/training/training.ts';
import { type TrialResult } from '../../core/search/trials.ts';
import { type Candidate } from '../../core/recipes/index.ts';
import { createCurve, type Curve } from '../../core/search/curve.ts';
import { compute } from '../steps/compute.ts';
import { reportCheckpoint, reportProgress, unlessCancelled } from '../steps/heartbeats.ts';
import { createResumable } from './resumable.ts';
import { scoreSplit } from './scoring.ts';
import { createRunAccess, jobOf, recencyOf, type Stored, type TrainingPorts } from './training-run.ts';
import { activityInfo } from '@temporalio/activity';

/** The details in an attempt's heartbeats for the next one, on any worker. */
interface Trail {
  checkpoint: Stored | null;
  curve?: Curve;
}

export interface Trained {
  model: TrainedModel;
  /** On the selection split, or out of fold on it and the train split. */
  selection: Metrics;
  curve: Curve;
}

interface Training {
  run: string;
  name: string;
  /** What to train; a model from elsewhere is there already. */
  what: ToTrain | (() => Promise<TrainedModel>);
}

type ToTrain = { spec: Candidate } & Pick<TrainingJob, 'rows' | 'members' | 'startFrom'>;

/** Trains one candidate or trial, and measures it on the selection split. */
export function createTraining(ports: TrainingPorts) {
  const { trainingRuns, trials, analytics, threads } = ports;
  const { contextOf, setOf } = createRunAccess(ports);
  const trainResumably = createResumable(ports);

  async function trainOne({ run: runId, what }: Omit<Training, 'name'>): Promise<Trained> {
    const { pipeline, columns, byEntity } = await contextOf(runId);
    const run = await trainingRuns.get(runId);
    const trail = (activityInfo().heartbeatDetails ?? { checkpoint: null }) as Trail;
    let checkpoint = trail.checkpoint ?? null;
    const curve = createCurve(trail.curve);
    const details = () => ({ checkpoint, ...(curve.points().length > 0 && { curve: curve.points() }) });
    const file = await unlessCancelled(setOf(run));
    const { splits } = run.trainingSet!;
    const folds = foldsOfRun(pipeline, run.trainingSet!, await trainingRuns.candidates(runId));

    const train = ({ spec, ...what }: ToTrain) =>
      trainResumably({
        run: runId,
        job: {
          ...jobOf(pipeline, file, spec),
          ...recencyOf(pipeline, splits.ends?.train ?? splits.selection),
          ...what,
          // On fewer rows a trial only has to be no worse than most others.
          ...(folds && what.rows === undefined && { folds }),
        },
        checkpoint,
        onProgress: (progress) => {
          curve.hear(progress);
          reportProgress({ ...details(), progress });
        },
        onCheckpoint: (stored) => {
          checkpoint = stored;
          reportCheckpoint(details());
        },
      });
    const model = typeof what === 'function' ? await what() : await train(what);
    const { outOfFold } = model.trainedWith;
    if (outOfFold) return { model, selection: outOfFold, curve: curve.points() };
    const scorer = compileScorer(model);
    const split = { file, split: 'selection', columns, byEntity } as const;
    // With the checkpoint: a report replaces the previous one, and this attempt can still be cut off.
    const onScored = (scored: number): void => reportProgress({ ...details(), scored });
    const { scores, labels } = await scoreSplit(analytics, split, [scorer.scoreChunk], onScored);
    const selection = await compute(threads, 'metricsOf', pipeline.label.kind, scores[0]!, labels);
    return { model, selection, curve: curve.points() };
  }

  return {
    /** The same, noting that the trial runs, and why it failed if it did. A later attempt that succeeds takes that back. */
    async trainOne(training: Training): Promise<Trained> {
      const { run, name } = training;
      await trials.begin(run, name);
      try {
        return await trainOne(training);
      } catch (error) {
        if (error instanceof UserError) await trials.end(run, [name], 'failed', error.message).catch(() => undefined);
        throw error;
      }
    },
  };
}

export function candidateResult(candidate: string, { model, selection }: Trained, stored: Stored): CandidateResult {
  const { epochs, trees, models, seconds, backend, whyNotNative, folds } = model.trainedWith;
  return {
    candidate,
    ...stored,
    selection,
    epochs,
    ...(trees !== undefined && { trees }),
    ...(models !== undefined && { models }),
    seconds,
    ...(folds !== undefined && { folds }),
    backend,
    ...(whyNotNative !== undefined && { whyNotNative }),
  };
}

export function trialResult(rung: number, rows: number, { model, selection }: Trained): TrialResult {
  const { epochs, trees, seconds } = model.trainedWith;
  return { rung, rows, selection, seconds, epochs, ...(trees !== undefined && { trees }) };
}
