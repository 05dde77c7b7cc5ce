import { createModelVersions } from '../../../adapters/postgres/training/model-versions.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createRollouts } from '../../../adapters/postgres/rollout/rollouts.ts';
import { connect, migrate, type Database } from '../../../adapters/postgres/database.ts';
import { createRetrainingLedger } from '../../../adapters/postgres/training/retraining-ledger.ts';
import { createTrainingRuns } from '../../../adapters/postgres/training/training-runs.ts';
import { type PipelineRef } from '../../../core/declaration/pipeline.ts';
import { type Rollout } from '../../../core/rollout/rollouts.ts';
import { type Evaluation, type GateVerdict, type ModelVersion } from '../../../core/training/training.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { testDatabase, type Template, type TestDatabase } from './postgres.ts';

/** Rows that the databases of some tests begin with, written once. */
export interface Contents {
  name: string;
  write: (database: Database) => Promise<unknown>;
}

/** Perennial's own database with its schema, new for each test, with a pipeline applied, or with other contents. */
export function perennialDatabase(contents?: Contents): { (): Database; url(): string; ref(): PipelineRef } {
  let database: Database;
  let test: TestDatabase;
  let ref: PipelineRef;
  beforeEach(async () => {
    test = await testDatabase(contents ? holding(contents) : schema);
    database = connect(test.url);
    if (!contents) ({ ref } = await createPipelines(database).apply(aPipeline({ name: 'fraud' }), 'ada'));
  });
  afterEach(async () => {
    await database.end();
    await test.drop();
  });
  return Object.assign(() => database, { url: () => test.url, ref: () => ref });
}

const within =
  (work: (database: Database) => Promise<unknown>) =>
  async (url: string): Promise<void> => {
    const database = connect(url);
    try {
      await work(database);
    } finally {
      await database.end();
    }
  };
const schema: Template = { template: 'perennial', prepare: within(migrate) };
const holding = ({ name, write }: Contents): Template => ({ template: name, from: schema, prepare: within(write) });

export const NOW = '2026-01-11T03:00:00.000Z';
const gate: GateVerdict = { passed: true, outcome: 'passed', reason: 'better' };
const evaluation = { challenger: {}, champion: null, difference: null, afterDrift: null } as unknown as Evaluation;

/** The rollout of a challenger whose cycle is open, as its training asks for it. */
export async function aRollout(database: Database, id: string): Promise<Rollout> {
  const { pipeline, version, revision, gate: verdict } = await aVersion(database, id);
  await database.query('update cycles set outcome = null where id = $1', [id]);
  const asked = { reason: verdict.reason, askedBy: `training run ${id}`, askedAt: NOW, ownRun: true };
  return createRollouts(database).ask({ ...asked, cycle: id, pipeline, revision, version, generation: 0 });
}

/** A training run of a cycle of its own; returns what `register` wants of its winner. */
export async function aTrainingRun(database: Database, id: string) {
  const ref = await createPipelines(database).applied('fraud');
  const ledger = createRetrainingLedger(database);
  await database.query(
    `insert into snapshots (id, pipeline, revision, as_of, status) values ('s1', $1, $2, $3, 'published') on conflict do nothing`,
    [ref.name, ref.revision, NOW],
  );
  await ledger.openCycle({ id, pipeline: ref.name, reason: 'person', asOf: NOW, driftSince: null, requests: [] });
  await ledger.closeCycle(id, { result: 'promoted', version: null, reason: '', endedAt: NOW });
  await createTrainingRuns(database).open({
    id,
    pipeline: ref,
    cycle: id,
    asOf: NOW,
    snapshot: 's1',
    champion: null,
    generation: 0,
  });
  const splits = { from: NOW, selection: NOW, calibration: NOW, holdout: NOW, to: NOW };
  const model = { objectKey: `models/${id}`, sha256: 'ab', snapshot: 's1', asOf: NOW };
  return {
    pipeline: ref.name,
    revision: ref.revision,
    trainingRun: id,
    candidate: 'mlp',
    ...model,
    splits,
    evaluation,
    gate,
  };
}

/** The version that came of a training run. */
export const aVersion = async (database: Database, run: string): Promise<ModelVersion> =>
  createModelVersions(database).register(await aTrainingRun(database, run), `training run ${run}`);
