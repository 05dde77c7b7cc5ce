import { checkpointKey } from '../../core/data/objects/object-keys.ts';
import { type EnsembleModel, type ModelArtifact, type TrainedModel } from '../../core/model/artifact.ts';
import { ensembleOf } from '../../core/model/kinds/averaging.ts';
import { compileScorer, parseArtifact, parseTrainedModel } from '../../core/model/scorer.ts';
import { isUnreachable, UserError } from '../../core/base/errors/errors.ts';
import { beyondLimits } from '../../core/training/gates/limits.ts';
import { disagreement, failedInWords, type Refit } from '../../core/training/refit.ts';
import { type Candidate } from '../../core/recipes/index.ts';
import { compute } from '../steps/compute.ts';
import { reportCheckpoint, reportProgress, unlessCancelled } from '../steps/heartbeats.ts';
import { createResumable } from './resumable.ts';
import { scoreSplit } from './scoring.ts';
import { timed } from './timed.ts';
import { createRunAccess, jobOf, recencyOf, type Stored, type TrainingPorts } from './training-run.ts';
import { createWarmStarts } from './warm-start.ts';
import { activityInfo } from '@temporalio/activity';

/** What is trained again by itself, and how it was trained. */
interface Part {
  spec: Candidate;
  refit: TrainedModel['trainedWith'];
}

/** The details in an attempt's heartbeats for the next one, on any worker. */
interface Trail {
  /** Of the part that is being trained. */
  checkpoint: Stored | null;
  /** Parts that are trained. */
  finished: Record<string, Stored>;
}

/** After the gate: the winner learns also from the rows that chose, calibrated and judged it. */
export const createRefitActivities = (ports: TrainingPorts) => {
  const { trainingRuns, analytics, threads } = ports;
  const { put, putModel, readText, contextOf, setOf } = createRunAccess(ports);
  const trainResumably = createResumable(ports);
  const warmStarts = createWarmStarts(ports);

  /** Of an average its members, otherwise the winner itself; null: how one of them was trained is not known. */
  async function partsOf(runId: string, judged: ModelArtifact): Promise<Part[] | null> {
    const names = judged.kind === 'ensemble' ? judged.members.map(({ candidate }) => candidate) : [judged.candidate];
    const parts: Part[] = [];
    for (const name of names) {
      const candidate = await trainingRuns.findCandidate(runId, name);
      if (!candidate?.spec) return null;
      const alone = judged.kind === 'ensemble' ? parseTrainedModel(await unlessCancelled(readText(candidate))) : judged;
      parts.push({ spec: candidate.spec, refit: alone.trainedWith });
    }
    return parts;
  }

  /** Trains each part, those aside that an earlier attempt has finished. */
  async function trainAgain(runId: string, parts: readonly Part[]) {
    const { run, pipeline } = await contextOf(runId);
    const trainingSet = await unlessCancelled(setOf(run));
    const trail: Trail = { checkpoint: null, finished: {}, ...(activityInfo().heartbeatDetails as Trail | undefined) };
    const details = () => ({ checkpoint: trail.checkpoint, finished: trail.finished });
    const models: TrainedModel[] = [];
    for (const { spec, refit } of parts) {
      const known = await finishedModel(trail.finished[spec.name]);
      const model =
        known ??
        (await trainResumably({
          run: runId,
          job: {
            ...jobOf(pipeline, trainingSet, spec),
            ...recencyOf(pipeline, run.trainingSet!.splits.to),
            ...(await warmStarts.startOf(run, spec.name)),
            refit,
          },
          checkpoint: trail.checkpoint,
          onProgress: (progress) => reportProgress({ ...details(), progress }),
          onCheckpoint: (stored) => {
            trail.checkpoint = stored;
            reportCheckpoint(details());
          },
        }));
      models.push(model);
      if (known) continue;
      const keyOf = (sha256: string): string => checkpointKey(runId, spec.name, sha256);
      trail.finished[spec.name] = await put(keyOf, new TextEncoder().encode(JSON.stringify(model)));
      trail.checkpoint = null;
      reportCheckpoint(details());
    }
    return { models, details: details() };
  }

  /** It only saves time: lost or damaged, it is trained again. */
  async function finishedModel(stored: Stored | undefined): Promise<TrainedModel | null> {
    try {
      return stored ? parseTrainedModel(await unlessCancelled(readText(stored))) : null;
    } catch (error) {
      if (error instanceof UserError) return null;
      throw error;
    }
  }

  async function refitOf(runId: string): Promise<Refit> {
    const { run, pipeline, columns, byEntity } = await contextOf(runId);
    const winner = run.winner!;
    const judged = parseArtifact(await unlessCancelled(readText(winner)));
    const parts = await partsOf(runId, judged);
    if (parts === null) return { outcome: 'kept', reason: 'how it was trained is not known' };
    const { models, details } = await trainAgain(runId, parts);
    const refitted = judged.kind === 'ensemble' ? averageOf(judged, models) : models[0]!;
    const { format, pipeline: of, revision, trainingRun, candidate, calibration, threshold, costs, interval } = judged;
    // Calibrated as the judged model was: on rows that it has learnt from, it would seem surer than it is.
    const artifact = { format, pipeline: of, revision, trainingRun, candidate, ...refitted, calibration, threshold, ...(costs && { costs }), ...(interval && { interval }) } as ModelArtifact; // prettier-ignore
    const again = timed(compileScorer(artifact).scoreChunk);
    const { labels, scores } = await scoreSplit(
      analytics,
      { file: await unlessCancelled(setOf(run)), columns, byEntity, split: 'holdout' },
      [compileScorer(judged).scoreChunk, again.score],
      (scored) => reportProgress({ ...details, scored }),
    );
    const agreement = await compute(threads, 'agreementOf', pipeline.label.kind, labels, scores[0]!, scores[1]!);
    const reason = disagreement(agreement);
    if (reason !== null) return { outcome: 'kept', reason, agreement };
    const artifactBytes = Buffer.byteLength(JSON.stringify(artifact));
    const measured = { microsecondsPerRow: again.microsecondsPerRow(), artifactBytes, calibrationError: null };
    const beyond = beyondLimits({ measured }, pipeline.gates);
    if (beyond !== null)
      return { outcome: 'kept', reason: `it exceeds a limit. ${beyond.replace(/\.$/, '')}`, agreement };
    const { rows, seconds } = refitted.trainedWith;
    return { outcome: 'refitted', rows, seconds, agreement, ...(await putModel(pipeline.name, artifact)) };
  }

  return {
    /** Trains the winner again, the same way, on the rows of all splits. Without success the judged model serves. */
    async refitWinner({ run }: { run: string }): Promise<Refit> {
      const known = (await trainingRuns.get(run)).winner?.refit;
      if (known) return known;
      const refit = await refitOf(run).catch((error: unknown): Refit => {
        if (!(error instanceof UserError) || isUnreachable(error.code)) throw error;
        return { outcome: 'kept', reason: failedInWords(error.message) };
      });
      return trainingRuns.recordRefit(run, refit);
    },
  };
};

/** The judged average with its members trained again; the weights stay. */
function averageOf({ members, probe }: EnsembleModel, models: readonly TrainedModel[]): EnsembleModel {
  const again = members.map(({ candidate, weight }, i) => {
    const model = models[i]!;
    if (model.kind === 'ensemble') throw new Error(`"${candidate}" is an average, and no member of one`);
    return { candidate, weight, model, scorer: compileScorer(model) };
  });
  return ensembleOf(
    again,
    probe.rows,
    models.reduce((sum, { trainedWith }) => sum + trainedWith.seconds, 0),
  );
}
