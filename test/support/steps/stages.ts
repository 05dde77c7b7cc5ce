import { type Trainer } from '../../../core/training/trainer.ts';
import { type PipelineRef } from '../../../core/declaration/pipeline.ts';
import { type Instant } from '../../../core/time/time.ts';
import { openSource } from '../../../local/simulation/source.ts';
import simulation from '../../../pipelines/fraud/simulation.ts';
import { AS_OF, makeRig, type Rig } from './activities.ts';
import { testDatabase, type Template } from '../postgres/postgres.ts';
import { sharedFolder } from '../postgres/shared-postgres.ts';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The days that the simulated source holds. */
export const [FIRST_DAY, AFTER_LAST_DAY] = ['2026-03-01T00:00:00.000Z', '2026-03-19T00:00:00.000Z'];
export const NEXT_DAY = '2026-03-18T02:00:00.000Z';
export const SIMULATED = { seed: 7, perDay: 600, driftSince: null };

/**
 * What is there already, each with what those before it have: rows and labels in the source; a published snapshot of
 * `AS_OF`; a champion trained on it; a published snapshot of `NEXT_DAY`.
 */
const STAGES = ['source', 'snapshot', 'champion', 'next-day'] as const;
export type Stage = (typeof STAGES)[number];

/** Takes a copy of a stage. `environment` is where secrets are read from. */
export async function openRig(
  stage: Stage,
  { trainer, environment }: { trainer?: Trainer; environment?: Record<string, string> } = {},
): Promise<Rig> {
  const { url, drop } = await testDatabase(template(stage));
  const folder = await mkdtemp(join(tmpdir(), 'perennial-activities-'));
  await cp(join(stageFolder(stage), 'objects'), join(folder, 'objects'), { recursive: true });
  const rig = await makeRig(url, folder, { environment: environment ?? { FRAUD_DB_URL: url }, trainer });
  return {
    ...rig,
    async close() {
      await rig.close();
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The steps of the data loop, up to the profile. */
export async function takeSnapshot(rig: Rig, asOf: Instant = AS_OF, pipeline: PipelineRef = rig.ref): Promise<string> {
  const plan = await rig.run('planExtraction', { pipeline, asOf });
  for (const task of plan.missing) await rig.run('extractPartition', { pipeline, task });
  const { id } = await rig.run('assembleSnapshot', { pipeline, asOf, extractions: plan.extractions });
  const { status } = await rig.run('validateSnapshot', { pipeline, snapshot: id });
  if (status === 'published') await rig.run('profileSnapshot', { pipeline, snapshot: id });
  return id;
}

export async function openCycle(rig: Rig, changes: { id?: string; asOf?: Instant; driftSince?: Instant } = {}) {
  const { driftSince = null, asOf = AS_OF, id = `fraud-${asOf}` } = changes;
  const reason = driftSince === null ? 'person' : 'drift';
  const cycle = { id, pipeline: 'fraud', reason, asOf, driftSince, requests: [] } as const;
  return rig.ports.ledger.openCycle({ ...cycle, requests: [] });
}

/** The steps of a training, up to the registered version. */
export async function trainVersion(rig: Rig, cycle: string) {
  const run = await rig.run('openTrainingRun', { cycle });
  const set = await rig.run('assembleTrainingSet', { run: run.id });
  await rig.run('trainCandidate', { run: run.id, candidate: 'logistic' });
  const winner = await rig.run('evaluateWinner', { run: run.id, candidate: 'logistic' });
  const { version } = await rig.run('registerVersion', { run: run.id, winner });
  return { run, set, winner, version };
}

export async function promoteAndClose(rig: Rig, cycle: string, version: number): Promise<void> {
  await rig.run('promoteVersion', { run: cycle, version, reason: 'it passed' });
  await rig.run('closeCycle', { cycle, outcome: { result: 'promoted', version, reason: 'it passed' } });
}

/** Where a stage's objects are, once its database is prepared. */
const stageFolder = (stage: Stage): string => join(sharedFolder(), 'stages', stage);

function template(stage: Stage): Template {
  const before = STAGES[STAGES.indexOf(stage) - 1];
  return {
    template: `activities-${stage}`,
    from: before && template(before),
    async prepare(url) {
      const folder = stageFolder(stage);
      await rm(folder, { recursive: true, force: true }); // of an attempt that failed
      if (before) await cp(join(stageFolder(before), 'objects'), join(folder, 'objects'), { recursive: true });
      else await mkdir(join(folder, 'objects'), { recursive: true });
      const rig = await makeRig(url, folder, { environment: { FRAUD_DB_URL: url } });
      try {
        await add[stage](rig);
      } finally {
        await rig.close();
      }
    },
  };
}

const add: Record<Stage, (rig: Rig) => Promise<unknown>> = {
  async source({ url }) {
    const source = await openSource(simulation, url, SIMULATED);
    await source.advance(FIRST_DAY, AFTER_LAST_DAY);
    await source.close();
  },
  snapshot: (rig) => takeSnapshot(rig),
  async champion(rig) {
    const { id } = await openCycle(rig, { id: 'fraud-first' });
    await promoteAndClose(rig, id, (await trainVersion(rig, id)).version);
  },
  'next-day': (rig) => takeSnapshot(rig, NEXT_DAY),
};
