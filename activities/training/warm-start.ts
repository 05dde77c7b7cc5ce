import { versionName } from '../../core/base/ids.ts';
import { type ErrorCode, messageOf, UserError } from '../../core/base/errors/errors.ts';
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

/** Of what is stored and cannot be read, now or later; what is unreachable is waited for. */
const UNREADABLE: readonly ErrorCode[] = ['PIPELINE_INVALID', 'MODEL_INVALID', 'OBJECT_MISSING', 'OBJECT_CORRUPT'];

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

  /** A start only saves time: no training fails for want of one. */
  async function startFor(
    run: TrainingRun,
    pipeline: Pipeline,
    set: Pick<TrainingSet, 'splits' | 'folds'>,
  ): Promise<WarmStart> {
    try {
      return warmStartOf(pipeline, set, await championOf(run));
    } catch (error) {
      if (!(error instanceof UserError) || !UNREADABLE.includes(error.code)) throw error;
      log.warn('What a training would start from cannot be read.', { error: messageOf(error) });
      const what = error.code === 'PIPELINE_INVALID' ? 'the declaration' : 'the model';
      return { whyNot: `${what} of ${versionName(run.champion!)} cannot be read` };
    }
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
      const warmStart = await startFor(run, pipeline, set);
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
