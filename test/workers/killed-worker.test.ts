import { clockSetting } from '../../adapters/machine/clock.ts';
import { identify, isAlive, type ProcessId } from '../../adapters/machine/processes.ts';
import { createTemporalClient } from '../../adapters/temporal/connection/connection.ts';
import { createRetrainingLoop } from '../../adapters/temporal/runs/retraining-loop.ts';
import { readConfig } from '../../wiring/settings.ts';
import { type PipelineInput } from '../../core/declaration/pipeline.ts';
import { forkNode, type Leashed } from '../../local/stack/leash.ts';
import { freePort } from '../../local/stack/tcp-ports.ts';
import { findTemporal, startTemporal } from '../../local/toolchain/tools/temporal.ts';
import { AS_OF, type Rig } from '../support/steps/activities.ts';
import { openRig } from '../support/steps/stages.ts';
import { names } from '../support/temporal/names.ts';
import { WorkflowNotFoundError } from '@temporalio/client';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const entry = fileURLToPath(new URL('../../workers/main.ts', import.meta.url));
/** Small steps, and many: it can be caught in the middle, and gets a little better all the while. */
const patient = {
  kind: 'mlp' as const,
  name: 'patient',
  epochs: 200,
  batchSize: 16,
  learningRate: 1e-5,
  hidden: [64, 64],
} satisfies NonNullable<PipelineInput['candidates']>[number];

describe('a worker that is killed in the middle of a training @slow', function () {
  this.timeout(600_000);
  let rig: Rig;
  let environment: Record<string, string>;
  const running: { stop(): Promise<void> }[] = [];

  before(async () => {
    rig = await openRig('snapshot');
    // Folds would train it many times, with checkpoints of the last only; a refit once more.
    const gates = { ...rig.pipeline.gates, refit: false };
    await rig.apply({ candidates: [patient], splits: { folds: 'none' }, gates });
    const { path } = await findTemporal({ report: () => {} });
    const [{ port }, { port: uiPort }] = [await freePort(31_000), await freePort(32_000)];
    const logFile = join(rig.folder, 'temporal.log');
    const temporal = await startTemporal({ path, folder: rig.folder, port, uiPort, logFile });
    running.push(temporal);
    environment = {
      DATABASE_URL: rig.url,
      FRAUD_DB_URL: rig.url,
      OBJECT_STORE_URL: pathToFileURL(join(rig.folder, 'objects')).href,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: 'default',
      PERENNIAL_DATA: rig.folder,
      PERENNIAL_CLOCK: clockSetting(new Date(AS_OF), new Date(), 0),
      PERENNIAL_BACKEND: 'wasm', // the one that is everywhere
    };
  });
  after(async () => {
    for (const each of running.reverse()) await each.stop();
    await rig?.close();
  });

  const logOf = (name: string): string => join(rig.folder, `${name}.log`);
  const dataOf = (name: string): string => join(rig.folder, name);
  async function startWorker(name: string): Promise<Leashed> {
    const env = { ...environment, PERENNIAL_DATA: dataOf(name) };
    const worker = await forkNode(entry, { name, args: ['all'], env, logFile: logOf(name) });
    running.push(worker);
    await until(() => readFileSync(logOf(name), 'utf8').includes('"working"'), worker);
    return worker;
  }
  /** The children that have trained for a worker, as it says in its log. */
  const trainersOf = (name: string): number[] =>
    [...readFileSync(logOf(name), 'utf8').matchAll(/in process (\d+) with TF/g)].map(([, pid]) => Number(pid));

  it('costs only time: another worker resumes from the checkpoint and registers one version', async () => {
    const workers = new Map<string, Leashed>();
    for (const name of ['one', 'two']) workers.set(name, await startWorker(name));
    const settings = readConfig(environment).temporal;
    const client = await createTemporalClient(settings);
    running.push({ stop: () => client.connection.close() });
    const request = {
      id: 'person/one',
      pipeline: 'fraud',
      reason: 'person',
      asOf: AS_OF,
      detail: 'a test',
      driftSince: null,
    } as const;
    await rig.ports.ledger.recordRequest(request);
    await createRetrainingLoop(client, settings).ask(request);

    const cycle = await until(async () => (await rig.ports.ledger.cycles('fraud', 1))[0]);
    const training = client.workflow.getHandle(names.training('fraud', cycle.id));
    const caught = await until(async () => {
      const run = await training.describe().catch(unlessNotStarted);
      const step = run?.raw.pendingActivities?.find((pending) => pending.activityType?.name === 'trainCandidate');
      const [left] = step?.heartbeatDetails?.payloads ?? [];
      const trail = left?.data ? (JSON.parse(Buffer.from(left.data).toString()) as { checkpoint: unknown }) : null;
      return trail?.checkpoint ? step?.lastWorkerIdentity : null;
    });
    const [victim, heir] = caught.startsWith(`${workers.get('one')!.pid}@`) ? ['one', 'two'] : ['two', 'one'];
    const trainers: ProcessId[] = trainersOf(victim).map(identify);
    assert.ok(trainers.length === 1 && trainers.every(isAlive), 'it is training');
    process.kill(workers.get(victim)!.pid, 'SIGKILL');

    const outcome = (await training.result()) as { result: string; version: number; reason: string };
    assert.notEqual(outcome.result, 'failed', outcome.reason);
    assert.equal(outcome.version, 1);
    assert.equal((await rig.ports.modelVersions.list('fraud')).length, 1);
    const ended = await until(async () => (await rig.ports.ledger.cycle(cycle.id)).outcome);
    assert.equal(ended.version, 1);

    const checkpoints = readdirSync(join(rig.folder, 'objects', 'checkpoints', cycle.id, 'patient'));
    const fetched = readdirSync(join(dataOf(heir), 'cache', 'objects'));
    assert.ok(
      fetched.some((sha256) => checkpoints.includes(`${sha256}.json`)),
      'it did not begin from nothing',
    );
    trainers.push(...trainersOf(heir).map(identify));
    await until(() => !trainers.some(isAlive));
  });
});

function unlessNotStarted(error: unknown): null {
  if (error instanceof WorkflowNotFoundError) return null;
  throw error;
}

/** Looks until there is something. The test's own time limit ends a wait in vain. */
async function until<T>(look: () => T | Promise<T>, worker?: Leashed): Promise<NonNullable<T>> {
  let ended = false;
  void worker?.exited.then(() => (ended = true));
  for (;;) {
    const found = await look();
    if (found) return found;
    if (ended) assert.fail(`the worker ended:\n${worker!.tail()}`);
    await pause(50);
  }
}
