import { clockSetting } from '../../adapters/machine/clock.ts';
import { createLog } from '../../adapters/machine/log.ts';
import { connect } from '../../adapters/postgres/database.ts';
import { createClock } from '../../adapters/machine/clock.ts';
import { createReminders } from '../../adapters/postgres/alerts/reminders.ts';
import { createOutbox } from '../../adapters/postgres/alerts/outbox.ts';
import { createRuns } from '../../adapters/temporal/runs/runs.ts';
import { createProcessTrainer } from '../../workers/training/trainer-process.ts';
import { onWasm } from '../support/steps/wasm.ts';
import { readConfig } from '../../wiring/settings.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { parsePipeline, type PipelineInput, type PipelineRef } from '../../core/declaration/pipeline.ts';
import type { Instant } from '../../core/time/time.ts';
import type { Leashed } from '../../local/stack/leash.ts';
import { connectOperations } from '../../wiring/operations.ts';
import { createDeliveries } from '../../server/watching/deliveries.ts';
import { aServer, cleanUp, predict, World } from '../server/fakes.ts';
import { ada } from '../support/asked.ts';
import { AS_OF, makeRig, type Rig } from '../support/steps/activities.ts';
import { decoded } from '../support/temporal/decoded.ts';
import { devServer } from '../support/temporal/dev-server.ts';
import { perennial as commandLine } from '../support/fake-operations.ts';
import { folderPerTest } from '../support/folders.ts';
import { channelsOn } from '../support/outside/channels.ts';
import { type Mailbox, openMailbox } from '../support/outside/mailbox.ts';
import { runSql, testDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { startWorker } from '../support/processes/worker-process.ts';
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The moment that the model learns from; a day before AS_OF everybody earns more. */
const TRAINED: Instant = '2026-03-15T02:00:00.000Z';
const ROWS = `
  create table people as
  select 'canary-id-' || i as id, 'canary-person-' || i % 50 as person, at, i % 3 = 0 as remote,
    case when at < '2026-03-16T01:00Z' then 7313000 + (i * 617) % 1000 else 7313900 + i % 100 end::float8 as salary,
    'canary-level-' || i % case when at < '2026-03-16T01:00Z' then 6 else 2 end as grade,
    5151000 + (i * 7) % 1000 as pay, (i * 31) % 97 as age
  from (select i, '2026-03-07T00:00Z'::timestamptz + i * interval '5 minutes' as at from generate_series(0, 2880) i)`;

/** Salaries and pays in all ways in which pages and JSON write a number, and every text. */
const CANARY = /canary-(id|person|level)|\b(7,?313|5,?151),?\d{3}\b|\b(7\.31|5\.15)\d*M\b/;

describe('canaries in sensitive columns @slow', function () {
  this.timeout(600_000); // a run of each loop, on a machine that may be busy
  const folder = folderPerTest();
  const server = devServer();
  let [database, mailbox, rig, worker]: [TestDatabase?, Mailbox?, Rig?, Leashed?] = [];
  afterEach(async () => {
    await worker?.stop();
    await cleanUp();
    await Promise.all([rig?.close(), mailbox?.close()]);
    await database?.drop();
  });

  it('appear in no report, page, command, alert, mail, error, history or log, from the source to drift', async () => {
    database = await testDatabase();
    mailbox = await openMailbox();
    await runSql(database.url, ROWS);
    const environment = { SHOP_DB_URL: database.url };
    rig = await makeRig(database.url, folder(), { environment, trainer: createProcessTrainer(onWasm) });
    const { ports } = rig;
    const settings = {
      ...environment,
      DATABASE_URL: database.url,
      OBJECT_STORE_URL: pathToFileURL(join(folder(), 'objects')).href,
      TEMPORAL_ADDRESS: server().settings.address,
      PERENNIAL_DATA: join(folder(), 'data'),
      PERENNIAL_CLOCK: clockSetting(new Date(AS_OF), new Date(), 0),
      LOG_LEVEL: 'debug',
    };
    await mkdir(settings.PERENNIAL_DATA);
    const logFile = join(folder(), 'worker.log');
    worker = await startWorker('control,data', settings, logFile);

    const marked = { sensitive: true };
    const declaration = {
      name: 'pay',
      source: {
        kind: 'postgres',
        connection: { env: 'SHOP_DB_URL' },
        table: 'people',
        key: 'id',
        time: 'at',
        entity: 'person',
        history: '12 days',
        partition: '3 days',
        sensitive: ['key', 'entity'],
      },
      columns: {
        salary: { kind: 'number', min: 7_313_000, max: 7_313_999, ...marked },
        grade: { kind: 'category', levels: [0, 1, 2, 3, 4, 5].map((i) => `canary-level-${i}`), ...marked },
        remote: { kind: 'boolean', ...marked },
        age: { kind: 'number' },
      },
      label: { name: 'pay', kind: 'number', ...marked },
      candidates: [{ kind: 'linear', name: 'linear', epochs: 2 }],
      gates: { metric: 'rmse', margin: 0 },
      drift: { of: 'data', minRows: 50 },
      notifications: { email: ['ada@example.com'] },
    } satisfies PipelineInput as PipelineInput;
    const strict: PipelineInput = {
      ...declaration,
      name: 'strict',
      columns: {
        salary: { kind: 'number', min: 7_313_100, max: 7_313_500, sensitive: true },
        grade: { kind: 'category', levels: ['canary-level-0'], sensitive: true },
      },
    };
    const apply = async (input: PipelineInput): Promise<PipelineRef> =>
      (await ports.pipelines.apply(parsePipeline(input, 'the test'), 'the test')).ref;
    const [pay, picky] = [await apply(declaration), await apply(strict)];

    const written: Record<string, string> = {};
    const runs = createRuns(server().client, server().settings);
    async function takeData(pipeline: PipelineRef, asOf: Instant): Promise<string | null> {
      const run = await runs.start('data', { pipeline, asOf });
      const reason = await runs.result(run).then(() => null, messageOf);
      written[`${run}: error`] = reason ?? '';
      const handle = server().client.workflow.getHandle(run);
      written[`${run}: history`] = decoded(await handle.fetchHistory());
      written[`${run}: memo`] = decoded((await handle.describe()).raw);
      return reason;
    }
    assert.equal(await takeData(pay, TRAINED), null);
    assert.match((await takeData(picky, AS_OF)) ?? '', /SNAPSHOT_QUARANTINED|quarantined/);

    const cycle = { id: 'pay-first', pipeline: 'pay', reason: 'person', driftSince: null, requests: [] } as const;
    await ports.ledger.openCycle({ ...cycle, asOf: TRAINED, requests: [] });
    const { id: run } = await rig.run('openTrainingRun', { cycle: cycle.id });
    await rig.run('assembleTrainingSet', { run });
    await rig.run('trainCandidate', { run, candidate: 'linear' });
    const winner = await rig.run('evaluateWinner', { run, candidate: 'linear' });
    const { version } = await rig.run('registerVersion', { run, winner });
    await rig.run('promoteVersion', { run, version, reason: 'it is the first' });
    await rig.run('closeCycle', { cycle: cycle.id, outcome: { result: 'promoted', version, reason: 'first' } });

    assert.equal(await takeData(pay, AS_OF), null);
    const checked = await rig.run('checkDrift', { pipeline: pay, asOf: AS_OF });
    assert.ok(checked !== null && checked !== 'stale');
    assert.deepEqual([checked.level, checked.drifted.toSorted()], ['severe', ['grade', 'salary']]);
    written['verdict'] = JSON.stringify(checked);
    await rig.run('writeReport', { pipeline: pay, verdict: checked.id });
    await rig.run('askForRetraining', { pipeline: pay, verdict: checked.id });
    const perennial = connect(database.url);
    let log = '';
    const logger = createLog({ name: 'server', level: 'debug' }, { write: (line) => (log += line) });
    const outbox = createOutbox(perennial);
    await createDeliveries({
      outbox,
      reminders: createReminders(perennial),
      clock: createClock(),
      channels: channelsOn({}, { smtpUrl: mailbox.url }),
      pipelines: ports.pipelines,
      always: [],
      log: logger,
    }).round();
    assert.ok(mailbox.mails.length >= 2, 'of the quarantine and of drift');
    mailbox.mails.forEach(
      (mail, i) => (written[`mail ${i}`] = `${mail.header('Subject')}\n${mail.text}\n${mail.html}`),
    );

    const { operations, close } = await connectOperations(readConfig(settings));
    const { traffic, modelVersions, pipelines, store, log: predictions } = ports;
    const stored = { traffic, modelVersions, pipelines, store, predictions };
    const serving = await aServer(new World(), { ...stored, operations, logger });
    const row = { salary: 7_313_500, grade: 'canary-level-0', remote: true, age: 30 };
    assert.equal((await predict(serving, row, 'pay')).status, 200);
    for (const wrong of [
      { salary: 'canary-level-1' },
      { grade: 7_313_500 },
      { remote: 7_313_500 },
      { id: 7_313_500.5 },
    ]) {
      const { status, body } = await predict(serving, { ...row, ...wrong }, 'pay');
      assert.equal(status, 400);
      written[`refusal of ${Object.keys(wrong).join()}`] = JSON.stringify(body);
    }
    const pages = ['', '/runs', '/reports', '/versions/1'].map((page) => `/pipelines/pay${page}`);
    for (const url of ['/', '/alerts', '/metrics', '/openapi.json', '/health', '/pipelines/strict', ...pages])
      for (const accept of ['text/html', 'application/json']) {
        const page = await serving.app.inject({ url, headers: { accept } });
        assert.equal(page.statusCode, 200, url);
        written[`page ${url} as ${accept}`] = page.body;
      }
    const commands = ['status', 'runs', 'snapshots', 'models'].flatMap((what) => [
      [what, 'pay'],
      [what, 'strict'],
    ]);
    for (const line of [['status'], ['alerts', '--all'], ...commands])
      for (const command of [line, [...line, '--json']]) {
        const { code, out, err } = await commandLine(command, operations.as(ada));
        assert.equal(code, 0, err);
        written[`perennial ${command.join(' ')}`] = out + err;
      }
    await close();
    await worker.stop(); // until now it answers what the loops wait for
    written['log of the worker'] = await readFile(logFile, 'utf8');
    written['log of the server'] = log;

    const reports = join(folder(), 'objects', 'reports');
    for (const entry of await readdir(reports, { recursive: true, withFileTypes: true }))
      if (entry.isFile())
        written[`report ${join(entry.parentPath, entry.name).slice(reports.length + 1)}`] = await readFile(join(entry.parentPath, entry.name), 'utf8'); // prettier-ignore
    for (const table of ['verdicts', 'alerts', 'alert_deliveries', 'snapshots', 'requests', 'cycles', 'audit']) {
      const { rows } = await perennial.query<{ row: string }>(`select t::text as row from "${table}" t`);
      written[`table ${table}`] = rows.map(({ row: text }) => text).join('\n');
    }
    await perennial.end();

    const found = Object.entries(written).flatMap(([where, text]) => {
      const canary = CANARY.exec(text);
      return canary ? [`${where}: ${text.slice(Math.max(0, canary.index - 60), canary.index + 40)}`] : [];
    });
    assert.deepEqual(found, []);
    const kinds = Object.keys(written).flatMap((where) => /^report (\w+\/\w+)/.exec(where)?.[1] ?? []);
    assert.deepEqual([...new Set(kinds)].sort(), ['pay/drift', 'pay/models', 'pay/quality', 'strict/quality']);
  });
});
