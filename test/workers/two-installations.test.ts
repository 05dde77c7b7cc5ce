import { clockSetting } from '../../adapters/machine/clock.ts';
import { temporalChecks } from '../../adapters/doctor/temporal.ts';
import { replayOpenRuns } from '../../adapters/temporal/bundles/replay.ts';
import { connect } from '../../adapters/postgres/database.ts';
import { createDisks } from '../../adapters/postgres/disks.ts';
import { createTemporalClient } from '../../adapters/temporal/connection/connection.ts';
import { createRuns } from '../../adapters/temporal/runs/runs.ts';
import { createTemporalWatch } from '../../adapters/temporal/watch.ts';
import { reachOperations } from '../../wiring/operations.ts';
import { machineIn, readConfig } from '../../wiring/settings.ts';
import { type Config } from '../../core/base/settings/config.ts';
import { namesOf } from '../../core/base/names.ts';
import { type Disks } from '../../core/runs/disks.ts';
import { type PipelineRef } from '../../core/declaration/pipeline.ts';
import { forkNode, type Leashed } from '../../local/stack/leash.ts';
import { freePort } from '../../local/stack/tcp-ports.ts';
import { findTemporal, startTemporal } from '../../local/toolchain/tools/temporal.ts';
import { examine } from '../../operations/doctor.ts';
import { type Operations } from '../../operations/index.ts';
import { ada } from '../support/asked.ts';
import { AS_OF, type Rig } from '../support/steps/activities.ts';
import { eventually } from '../support/temporal/dev-server.ts';
import { openRig } from '../support/steps/stages.ts';
import { quieten } from '../support/temporal/workflows.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const entry = fileURLToPath(new URL('../../workers/main.ts', import.meta.url));

/** An installation as somebody would run it: a database, objects and a worker of its own, and a pipeline named fraud. */
interface Installation {
  name: string;
  config: Config;
  operations: Operations;
  disks: Disks;
  ref: PipelineRef;
  client(): ReturnType<typeof createTemporalClient>;
  work(): Promise<Leashed>;
}

describe('two installations in one namespace of one Temporal @slow', function () {
  this.timeout(600_000);
  const closers: (() => Promise<unknown>)[] = [];
  let usual: Installation;
  let credit: Installation;

  async function install(name: string, temporal: string): Promise<Installation> {
    const rig: Rig = await openRig('snapshot');
    closers.push(() => rig.close());
    const environment = {
      DATABASE_URL: rig.url,
      FRAUD_DB_URL: rig.url,
      OBJECT_STORE_URL: pathToFileURL(join(rig.folder, 'objects')).href,
      TEMPORAL_ADDRESS: temporal,
      PERENNIAL_INSTALLATION: name,
      PERENNIAL_DATA: rig.folder,
      PERENNIAL_CLOCK: clockSetting(new Date(AS_OF), new Date(), 0),
      PERENNIAL_BACKEND: 'wasm', // the one that is everywhere
    };
    const config = readConfig(environment);
    const database = connect(rig.url, { connections: 1 });
    closers.push(() => database.end());
    const { operations, close } = await reachOperations(config, ada);
    closers.push(close);
    const [applied] = await operations.apply([{ input: rig.pipeline, file: 'fraud.ts' }]);
    return {
      name,
      config,
      operations,
      disks: createDisks(database),
      ref: applied!.ref,
      async client() {
        const client = await createTemporalClient(config.temporal);
        closers.push(() => client.connection.close());
        return client;
      },
      async work() {
        const logFile = join(rig.folder, 'worker.log');
        const worker = await forkNode(entry, { name, args: ['all'], env: environment, logFile });
        closers.push(() => worker.stop());
        return worker;
      },
    };
  }

  before(async () => {
    quieten();
    const { path } = await findTemporal({ report: () => {} });
    const [{ port }, { port: uiPort }] = [await freePort(31_400), await freePort(32_400)];
    const space = await openRig('source'); // for its folder
    closers.push(() => space.close());
    const logFile = join(space.folder, 'temporal.log');
    const temporal = await startTemporal({ path, folder: space.folder, port, uiPort, logFile });
    closers.push(() => temporal.stop());
    usual = await install('perennial', temporal.address);
    credit = await install('credit', temporal.address);
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
  });

  const found = async ({ config }: Installation) =>
    Object.fromEntries(
      (await examine(temporalChecks(config), 86_400_000)).map(({ check, ...finding }) => [check, finding]),
    );
  const idsOf = async ({ operations }: Installation) =>
    (await operations.runs.list('fraud')).map(({ workflowId }) => workflowId).sort();

  it("never take each other's work, nor count each other's workers", async () => {
    await usual.work();
    await eventually(() => usual.operations.run.ready().then(() => true, () => false), 60_000); // prettier-ignore
    const runs = createRuns(await credit.client(), credit.config.temporal);
    const waiting = await runs.start('data', { pipeline: credit.ref, asOf: AS_OF });
    assert.equal(waiting, 'credit/fraud/data/2026-03-17T02:00Z');
    const done = await usual.operations.run.start('data', 'fraud', AS_OF);
    await usual.operations.run.result(done);
    await eventually(async () => (await usual.disks.ofWorkers()).some(({ used }) => used > 0 && used < 1));

    await assert.rejects(credit.operations.run.ready(), { code: 'NO_WORKER' });
    assert.equal((await credit.operations.run.state(waiting)).status, 'running');
    assert.match((await found(credit))['workers']!.found, /No worker has polled for control, data, training/);
    assert.equal((await found(usual))['workers']!.state, 'ok');

    await credit.work();
    const { snapshot } = (await credit.operations.run.result(waiting)) as { snapshot: string };
    assert.ok((await credit.operations.snapshots.list('fraud')).some(({ id }) => id === snapshot));
  });

  it('each train a model of their own for a pipeline of the same name', async () => {
    for (const { name, operations } of [usual, credit]) {
      const request = await operations.retraining.ask({ pipeline: 'fraud', reason: name, asOf: AS_OF });
      const cycle = await eventually(async () => {
        const found = await operations.retraining.cycleOf(request);
        return found?.outcome && found;
      }, 120_000);
      // A holdout of so few rows proves no model better than chance, so a person rolls it out.
      assert.equal(cycle.outcome!.result, 'abstained', cycle.outcome!.reason);
      assert.equal((await operations.models.list('fraud')).length, 1);
      await operations.rollouts.start({ pipeline: 'fraud', version: 1, reason: name });
    }
  });

  it('each list and find only their own runs', async () => {
    for (const [own, other] of [[usual, credit], [credit, usual]] as const) {
      const { retraining, ownerOf } = namesOf(own.name);
      const ids = await eventually(async () => {
        const listed = await idsOf(own);
        return listed.length === 4 && listed; // data, retraining, training, rollout
      });
      assert.ok(ids.includes(retraining('fraud')) && ids.every((id) => ownerOf(id)), ids.join());
      for (const id of await idsOf(other)) {
        await assert.rejects(own.operations.run.state(id), { code: 'RUN_UNKNOWN' });
        await assert.rejects(own.operations.run.result(id), { code: 'RUN_UNKNOWN' });
        await assert.rejects(own.operations.runs.cancel(id), { code: 'RUN_UNKNOWN' });
      }
      const watch = createTemporalWatch(await own.client(), own.config.temporal);
      await eventually(async () => {
        const ended = await watch.endedRuns('2026-01-01T00:00:00.000Z');
        assert.ok(ended.length <= 3, "data, training and rollout, and none of the other's");
        return ended.length === 3;
      });
      const [last] = await watch.lastRuns('fraud', ['data']);
      assert.ok(ids.includes(last!.workflowId));
    }
  }); // prettier-ignore

  it('each pause only their own schedules', async () => {
    const pausedBy = async ({ operations }: Installation) =>
      (await operations.schedules.list('fraud')).find(({ loop }) => loop === 'data')?.pausedBy;
    await usual.operations.schedules.pause({ pipeline: 'fraud', loop: 'data', reason: 'mending' });
    assert.deepEqual([await pausedBy(usual), await pausedBy(credit)], ['person', 'clock']);
    assert.match((await found(usual))['schedules']!.found, /^Paused: fraud\/data/);
    assert.equal((await found(credit))['schedules']!.state, 'ok');
  });

  it('each have their own versions of the workflows, and replay only their own runs', async () => {
    for (const { name, config } of [usual, credit]) {
      const replayed = await replayOpenRuns(config.temporal, machineIn().bundlesFolder);
      assert.deepEqual(
        replayed.map(({ workflowId, problem }) => [workflowId, problem]),
        [[namesOf(name).retraining('fraud'), null]],
      );
    }
    for (const each of [usual, credit]) {
      const { state, found: words } = (await found(each))['workflow versions']!;
      assert.equal(state, 'ok');
      assert.match(words, /; 1 run in progress/);
    }
  });
});
