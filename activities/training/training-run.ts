import { featuresOf } from '../../core/columns/index.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Candidate } from '../../core/recipes/index.ts';
import { modelKey } from '../../core/data/objects/object-keys.ts';
import { type Alerts } from '../../core/alerts/alerts.ts';
import { type Approvals } from '../../core/rollout/approvals.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type Analytics } from '../../core/data/analytics.ts';
import { type Binnings } from '../../core/data/profiles/binnings.ts';
import { type Profiles } from '../../core/data/profiles/profiles.ts';
import { type Snapshots } from '../../core/data/snapshots.ts';
import { type LocalCache, type ObjectStore } from '../../core/data/objects/objects.ts';
import { type TrainedModel } from '../../core/model/artifact.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type ModelVersions } from '../../core/training/versions/model-versions.ts';
import { type TrainingRuns } from '../../core/training/versions/training-runs.ts';
import { type TrafficTable } from '../../core/rollout/traffic.ts';
import { type RetrainingLedger } from '../../core/training/retraining/retraining-ledger.ts';
import { type RetrainingLoop } from '../../core/training/retraining/retraining-loop.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { type Threads } from '../../core/base/threads.ts';
import { type Verdicts } from '../../core/drift/verdicts.ts';
import { type Trainer, type TrainingJob } from '../../core/training/trainer.ts';
import { type Instant } from '../../core/time/time.ts';
import { isByEntity } from '../../core/training/splits/splitting.ts';
import { type TrainingSet } from '../../core/training/training.ts';
import { type Trials } from '../../core/search/trials.ts';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface TrainingPorts {
  pipelines: Pipelines;
  snapshots: Pick<Snapshots, 'get' | 'latest'>;
  binnings: Pick<Binnings, 'current'>;
  profiles: Pick<Profiles, 'find' | 'record'>;
  trainingRuns: TrainingRuns;
  trials: Trials;
  modelVersions: Pick<ModelVersions, 'register' | 'attachCard' | 'get'>;
  traffic: Pick<TrafficTable, 'get' | 'at'>;
  ledger: RetrainingLedger;
  verdicts: Pick<Verdicts, 'list'>;
  approvals: Pick<Approvals, 'waiting'>;
  alerts: Alerts;
  loop: RetrainingLoop;
  analytics: Analytics;
  store: ObjectStore;
  cache: LocalCache;
  trainer: Trainer;
  threads: Threads;
  sharedClock: SharedClock;
}

/** An object in the store: its key and the hash of its bytes. */
export interface Stored {
  objectKey: string;
  sha256: string;
}

/** One seed for all randomness in a training run, so the same data makes the same model. */
export const SEED = 20_260_101;

/** What each training of a declaration's candidates and trials is told. */
export const jobOf = ({ columns, label, gates }: Pipeline, trainingSet: string, candidate: Candidate) => ({
  trainingSet,
  columns: featuresOf(columns),
  labelKind: label.kind,
  classes: label.classes,
  metric: gates.metric,
  candidate,
  seed: SEED,
});

/** How what a training learns from thins out with age before a moment. */
export const recencyOf = ({ retraining: { halfLife } }: Pipeline, until: Instant): Pick<TrainingJob, 'recency'> =>
  halfLife === undefined ? {} : { recency: { halfLife, until } };

/** What the steps of a training run share: its record and declaration, and objects named by their bytes. */
export function createRunAccess({ trainingRuns, pipelines, cache, store }: TrainingPorts) {
  async function put(keyOf: (sha256: string) => string, bytes: Uint8Array): Promise<Stored> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const objectKey = keyOf(sha256);
    await store.put(objectKey, bytes);
    return { objectKey, sha256 };
  }
  const putModel = (pipeline: string, model: TrainedModel) =>
    put((sha256) => modelKey(pipeline, sha256), new TextEncoder().encode(JSON.stringify(model)));
  const readText = async (object: Stored): Promise<string> => readFile(await cache.fetch(object), 'utf8');

  async function contextOf(runId: string) {
    const run = await trainingRuns.get(runId);
    const pipeline = await pipelines.declaration(run.pipeline);
    return { run, pipeline, columns: Object.keys(pipeline.columns), byEntity: isByEntity(pipeline) };
  }
  async function setOf(run: { id: string; trainingSet: TrainingSet | null }): Promise<string> {
    if (run.trainingSet) return cache.fetch(run.trainingSet);
    throw new UserError('TRAINING_RUN_UNKNOWN', `Training run ${run.id} has no training set yet.`);
  }

  return { put, putModel, readText, contextOf, setOf };
}
