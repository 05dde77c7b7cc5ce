import { type ModelArtifact, type TrainedModel } from '../../core/model/artifact.ts';
import { compileScorer, parseArtifact } from '../../core/model/scorer.ts';
import { isUnreachable, UserError } from '../../core/base/errors/errors.ts';
import { beyondLimits } from '../../core/training/gates.ts';
import { agreementOf, disagreement, failedInWords, type Refit } from '../../core/training/refit.ts';
import { type Candidate } from '../../core/recipes/index.ts';
import { reportProgress, unlessCancelled } from '../steps/heartbeats.ts';
import { scoreSplit } from './scoring.ts';
import { timed } from './timed.ts';
import { createRunAccess, SEED, type TrainingPorts } from './training-run.ts';
import { cancellationSignal } from '@temporalio/activity';

/** After the gate: the winner learns also from the rows that chose, calibrated and judged it. */
export const createRefitActivities = (ports: TrainingPorts) => {
  const { trainingRuns, analytics, cache, trainer } = ports;
  const { putModel, readText, contextOf, setOf } = createRunAccess(ports);

  async function trainAgain(runId: string, spec: Candidate, judged: TrainedModel): Promise<TrainedModel> {
    const { run, pipeline } = await contextOf(runId);
    const trainingSet = await unlessCancelled(setOf(run));
    return cache.withFolder((folder) =>
      trainer.train(
        {
          trainingSet,
          columns: pipeline.columns,
          labelKind: pipeline.label.kind,
          metric: pipeline.gates.metric,
          candidate: spec,
          seed: SEED,
          refit: judged.trainedWith,
          resumeFrom: null,
          folder,
        },
        {
          signal: cancellationSignal(),
          onProgress: (progress) => reportProgress({ progress }),
          onCheckpoint: async () => {},
        },
      ),
    );
  }

  async function refitOf(runId: string): Promise<Refit> {
    const { run, pipeline, columns, byEntity } = await contextOf(runId);
    const winner = run.winner!;
    const spec = (await trainingRuns.findCandidate(runId, winner.candidate))?.spec;
    if (!spec) return { outcome: 'kept', reason: 'how it was trained is not known' };
    if (spec.kind === 'ensemble') return { outcome: 'kept', reason: 'an average of models is not trained again' };
    const judged = parseArtifact(await unlessCancelled(readText(winner)));
    const refitted = await trainAgain(runId, spec, judged);
    const { format, pipeline: of, revision, trainingRun, candidate, calibration, threshold, interval } = judged;
    // Calibrated as the judged model was: on rows that it has learnt from, it would seem surer than it is.
    const artifact = { format, pipeline: of, revision, trainingRun, candidate, ...refitted, calibration, threshold, ...(interval && { interval }) } as ModelArtifact; // prettier-ignore
    const again = timed(compileScorer(artifact).scoreChunk);
    const { labels, scores } = await scoreSplit(
      analytics,
      { file: await unlessCancelled(setOf(run)), columns, byEntity, split: 'holdout' },
      [compileScorer(judged).scoreChunk, again.score],
      (scored) => reportProgress({ scored }),
    );
    const agreement = agreementOf(pipeline.label.kind, labels, scores[0]!, scores[1]!);
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
