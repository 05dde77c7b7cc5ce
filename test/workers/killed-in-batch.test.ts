import { clockSetting } from '../../adapters/machine/clock.ts';
import { createTemporalClient } from '../../adapters/temporal/connection/connection.ts';
import { createRuns } from '../../adapters/temporal/runs/runs.ts';
import { partsWithin } from '../../core/data/predictions/batches.ts';
import { readConfig } from '../../wiring/settings.ts';
import { forkNode, type Leashed } from '../../local/stack/leash.ts';
import { freePort } from '../../local/stack/tcp-ports.ts';
import { findTemporal, startTemporal } from '../../local/toolchain/tools/temporal.ts';
import { type PredictionResult } from '../../workflows/prediction.ts';
import { AS_OF, type Rig } from '../support/steps/activities.ts';
import { queryParquet } from '../support/data/parquet.ts';
import { runSql } from '../support/postgres/postgres.ts';
import { openRig } from '../support/steps/stages.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';

const entry = fileURLToPath(new URL('../../workers/main.ts', import.meta.url));

describe('a worker that is killed in the middle of a batch @slow', function () {
  this.timeout(600_000);
  let rig: Rig;
  let environment: Record<string, string>;
  const running: { stop(): Promise<void> }[] = [];

  before(async () => {
    rig = await openRig('champion');
    const { path } = await findTemporal({ report: () => {} });
    const [{ port }, { port: uiPort }] = [await freePort(31_200), await freePort(32_200)];
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
    };
  });
  after(async () => {
    for (const each of running.reverse()) await each.stop();
    await rig?.close();
  });

  async function startWorker(name: string): Promise<Leashed> {
    const logFile = join(rig.folder, `${name}.log`);
    const env = { ...environment, PERENNIAL_DATA: join(rig.folder, name) };
    const worker = await forkNode(entry, { name, args: ['all'], env, logFile });
    running.push(worker);
    await until(() => readFileSync(logFile, 'utf8').includes('"working"'), worker);
    return worker;
  }
  const count = async (from: string): Promise<number> =>
    Number((await runSql(rig.url, `select count(*) as rows from ${from}`)).rows[0]!['rows']);

  it('leaves nothing that anybody sees, and another one makes the batch whole, each row once', async () => {
    const workers = [await startWorker('one'), await startWorker('two')];
    const settings = readConfig(environment).temporal;
    const client = await createTemporalClient(settings);
    running.push({ stop: () => client.connection.close() });
    const runs = createRuns(client, settings);

    // No part can be stored while this lock is held, so the scoring step is caught in the middle.
    const holder = new pg.Client({ connectionString: rig.url });
    await holder.connect();
    running.push({ stop: () => holder.end() });
    await holder.query('begin; lock table perennial.batch_parts in exclusive mode');
    const id = await runs.start('prediction', { pipeline: rig.ref, asOf: AS_OF });
    const blocked = `datname = current_database() and wait_event_type = 'Lock' and query like 'insert into batch_parts%'`;
    await until(async () => (await count(`pg_stat_activity where ${blocked}`)) === 2);
    const { raw } = await client.workflow.getHandle(id).describe();
    const caught = raw.pendingActivities?.find((step) => step.activityType?.name === 'scorePart')?.lastWorkerIdentity;
    const victim = workers.find(({ pid }) => caught?.startsWith(`${pid}@`))!;
    process.kill(victim.pid, 'SIGKILL');
    await holder.query('commit');

    const result = (await runs.result(id)) as PredictionResult;
    const parts = await rig.ports.batches.parts(result.batch!);
    const snapshot = await rig.ports.snapshots.get(result.snapshot);
    const sources = await Promise.all(
      partsWithin(snapshot.parts, result.window!).map((part) => rig.ports.cache.fetch(part)),
    );
    const { from, to } = result.window!;
    const [expected] = await queryParquet(
      sources,
      `select count(*)::double as rows from $files where _time >= '${from}' and _time < '${to}'`,
    );
    const stored = await Promise.all(parts.map((part) => rig.ports.cache.fetch(part)));
    const [inParquet] = await queryParquet(stored, 'select count(distinct key)::double as rows from $files');
    assert.equal(result.rows, expected!['rows']);
    assert.deepEqual(
      [inParquet!['rows'], await count('perennial.published_predictions'), await count('perennial.batch_predictions')],
      [result.rows, result.rows, result.rows],
    );
    const again = await client.workflow.getHandle(id).fetchHistory();
    const attempts = (again.events ?? []).map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 0);
    assert.ok(Math.max(...attempts) >= 2, 'the part was scored a second time');
  });
});

/** Looks until there is something. The test's own time limit ends a wait in vain. */
async function until(look: () => boolean | Promise<boolean>, worker?: Leashed): Promise<void> {
  let ended = false;
  void worker?.exited.then(() => (ended = true));
  while (!(await look())) {
    if (ended) assert.fail(`the worker ended:\n${worker!.tail()}`);
    await pause(50);
  }
}
