import { parseArtifact } from '../../core/model/scorer.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { judgedArtifact } from '../../core/training/refit.ts';
import { type TrainingSet } from '../../core/training/training.ts';
import { type TrainingJob } from '../../core/training/trainer.ts';
import { type TrainingRun } from '../../core/training/versions/training-runs.ts';
import { type Judged, warmStartOf } from '../../core/training/warm-start/choose.ts';
import { type Warm, type WarmStart, warmOf } from '../../core/training/warm-start/warm-start.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { createRunAccess, type TrainingPorts } from './training-run.ts';
import { log } from '@temporalio/activity';

type Start = Pick<TrainingJob, 'startFrom'>;

/** What starts from the champion's weights. */
export function createWarmStarts(ports: TrainingPorts) {
  const { pipelines, trainingRuns, modelVersions, ledger, cache } = ports;
  const { readText } = createRunAccess(ports);

  async function championOf({ pipeline: { name }, champion }: TrainingRun): Promise<Judged | null> {
    if (champion === null) return null;
    const version = await modelVersions.get(name, champion);
    const judged = judgedArtifact(version);
    const { columns } = await pipelines.declaration({ name, revision: version.revision });
    const trained = await trainingRuns.candidates(version.trainingRun);
    return {
      version,
      ...judged,
      artifact: parseArtifact(await unlessCancelled(readText(judged))),
      columns,
      specs: new Map(trained.flatMap(({ candidate, spec }) => (spec ? [[candidate, spec]] : []))),
    };
  }

  const fileOf = async ({ network, ...stored }: Warm): Promise<Start> => ({
    startFrom: { file: await unlessCancelled(cache.fetch(stored)), sha256: stored.sha256, network },
  });

  return {
    /** Whether a run starts from the champion's weights; empty where the declaration does not ask. */
    async decide(
      run: TrainingRun,
      pipeline: Pipeline,
      set: Pick<TrainingSet, 'splits' | 'folds'>,
    ): Promise<{ warmStart?: WarmStart }> {
      if (!pipeline.retraining.warmStart || (await ledger.broughtIn(run.cycle))) return {};
      const warmStart = warmStartOf(pipeline, set, await championOf(run));
      if ('whyNot' in warmStart) log.info(`This training starts from nothing: ${warmStart.whyNot}.`);
      return { warmStart };
    },

    /** What a candidate of the run starts from; empty: from nothing. */
    async startOf({ trainingSet }: TrainingRun, candidate: string): Promise<Start> {
      const warm = warmOf(trainingSet?.warmStart);
      return warm?.candidate.name === candidate ? fileOf(warm) : {};
    },
  };
}
