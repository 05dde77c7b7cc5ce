import { clockSetting } from '../../adapters/machine/clock.ts';
import { createLog } from '../../adapters/machine/log.ts';
import { connect } from '../../adapters/postgres/database.ts';
import { createClock } from '../../adapters/machine/clock.ts';
import { createReminders } from '../../adapters/postgres/alerts/reminders.ts';
import { createOutbox } from '../../adapters/postgres/alerts/outbox.ts';
import { createPredictionLog } from '../../adapters/postgres/predictions/prediction-log.ts';
import { createRuns } from '../../adapters/temporal/runs/runs.ts';
import { runFailedAlert } from '../../core/alerts/alert-words.ts';
import { readConfig } from '../../wiring/settings.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { parsePipeline, type PipelineInput } from '../../core/declaration/pipeline.ts';
import { type Leashed } from '../../local/stack/leash.ts';
import { findingsInWords } from '../../client/findings.ts';
import { connectCommand } from '../../wiring/command.ts';
import { connectOperations } from '../../wiring/operations.ts';
import { createDeliveries } from '../../server/watching/deliveries.ts';
import { aRow, aServer, aServingWorld, cleanUp } from '../server/fakes.ts';
import { ada } from '../support/asked.ts';
import { AS_OF, makeRig, type Rig } from '../support/steps/activities.ts';
import { decoded } from '../support/temporal/decoded.ts';
import { devServer } from '../support/temporal/dev-server.ts';
import { perennial as commandLine } from '../support/fake-operations.ts';
import { folderPerTest } from '../support/folders.ts';
import { say, type ScriptedApi, scriptedApi } from '../support/outside/http-api.ts';
import { channelsOn } from '../support/outside/channels.ts';
import { type Hook, type Mailbox, openHook, openMailbox } from '../support/outside/mailbox.ts';
import { runSql, testDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { startWorker } from '../support/processes/worker-process.ts';
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** As a value and as a key, and as nobody writes it by chance. */
const CARD = '4929123456781234';
const TOKEN = 'canary-token-of-the-api';
const QUERY = 'canary-key-in-an-address';
const PASSWORD = 'canary-password-of-a-user';
const KEY = 'canary-key-of-a-caller-0123456789';
const HOOK_PATH = 'T0/B0/very-secret';
const fixed = [CARD, TOKEN, QUERY, PASSWORD, KEY, HOOK_PATH, Buffer.from(`ada:${PASSWORD}`).toString('base64')];

/** What is to hold rows. */
const HOLDS_ROWS = ['labels', 'predictions', 'batch_predictions'];

describe('canaries that are planted in sources, settings and requests @slow', function () {
  this.timeout(600_000); // a run of each loop, on a machine that may be busy
  const folder = folderPerTest();
  const server = devServer();
  let [database, mailbox, hook, api]: [TestDatabase?, Mailbox?, Hook?, ScriptedApi?] = [];
  let rig: Rig | undefined;
  let worker: Leashed | undefined;
  afterEach(async () => {
    await worker?.stop();
    await cleanUp();
    await Promise.all([rig?.close(), mailbox?.close(), hook?.close(), api?.close()]);
    await database?.drop();
  });

  it('appear in no history, log, alert, mail, web hook, error, page or command, and in no table but those for rows', async () => {
    database = await testDatabase();
    [mailbox, hook] = await Promise.all([openMailbox(), openHook()]);
    api = await scriptedApi((_query, response, request) => {
      if (request.url!.startsWith('/refusing')) return say(response, 400, { card: CARD, token: TOKEN, key: QUERY });
      if (request.url!.startsWith('/leading'))
        return say(response, 302, CARD, { location: `http://127.0.0.1:1/?card=${CARD}` });
      const row = { id: CARD, at: '2026-03-16T10:00:00Z', amount: `${CARD}!`, kind: 'a', late: 0 };
      return say(response, 200, { data: [row], next: null });
    });
    await runSql(
      database.url,
      `create table payments (id text, at timestamptz, amount text, kind text, late text);
       insert into payments values ('${CARD}', '2026-03-16T10:00Z', '1', 'a', '${CARD}!');
       create view amounts as select id, at, amount::float8 as amount, kind, 0 as late from payments;
       create table broken (id text, at timestamptz, amount text, kind text, late int);
       insert into broken values ('${CARD}', '2026-03-16T10:00Z', '${CARD}!', 'a', 0);
       create view casting as select id, at, amount::float8 as amount, kind, late from broken`,
    );
    const files = join(folder(), 'files');
    await mkdir(files);
    const csv = async (name: string, line: string): Promise<string> => {
      await writeFile(join(files, name), `id,at,amount,kind,late\n${line}\n`);
      return join(files, name);
    };
    const environment = {
      SHOP_DB_URL: database.url,
      API_URL: api.url.replace('//', `//ada:${PASSWORD}@`) + `/?key=${QUERY}`,
      API_TOKEN: TOKEN,
    };
    rig = await makeRig(database.url, folder(), { environment });
    const settings = {
      ...environment,
      DATABASE_URL: database.url,
      OBJECT_STORE_URL: pathToFileURL(join(folder(), 'objects')).href,
      TEMPORAL_ADDRESS: server().settings.address,
      PERENNIAL_DATA: join(folder(), 'data'),
      PERENNIAL_DATA_ROOTS: folder(),
      PERENNIAL_API_KEYS: KEY,
      PERENNIAL_CLOCK: clockSetting(new Date(AS_OF), new Date(), 0),
      LOG_LEVEL: 'debug',
    };
    await mkdir(settings.PERENNIAL_DATA);
    const logFile = join(folder(), 'worker.log');
    worker = await startWorker('control,data', settings, logFile);

    const shop = (table: string) => ({ kind: 'postgres' as const, connection: { env: 'SHOP_DB_URL' }, table });
    const ask = (path: string) => ({ kind: 'http' as const, connection: { env: 'API_URL' }, token: { env: 'API_TOKEN' }, path }); // prettier-ignore
    const file = (path: string) => ({ kind: 'csv' as const, file: path });
    const places: Record<string, object> = {
      'a-label': shop('amounts'),
      'a-cast': shop('casting'),
      'a-page': ask('/readings'),
      'a-refusal': ask('/refusing'),
      'a-redirect': ask('/leading'),
      'a-value': file(await csv('value.csv', `${CARD},2026-03-16T10:00:00Z,${CARD}!,a,0`)),
      'a-shape': file(await csv('shape.csv', `${CARD},2026-03-16T10:00:00Z`)),
      'an-environment': file('/proc/self/environ'),
      // Read well, and not as declared: quarantined, with a report that may show the value.
      'a-quarantine': file(await csv('quarantine.csv', `${CARD},2026-03-16T10:00:00Z,${CARD},${CARD},0`)),
    };

    const declarations = join(folder(), 'pipelines');
    await mkdir(declarations);
    const runs = createRuns(server().client, server().settings);
    const written: Record<string, string> = {};
    for (const [name, place] of Object.entries(places)) {
      const declared = {
        name,
        source: { ...place, key: 'id', time: 'at', history: '3 days', partition: '3 days' },
        columns: { amount: { kind: 'number', max: 100 }, kind: { kind: 'category', levels: ['a'] } },
        label:
          name === 'a-label'
            ? { name: 'late', facts: { ...shop('payments'), key: 'id', value: 'late', observedAt: 'at' } }
            : { name: 'late' },
        candidates: [{ kind: 'logistic', name: 'logistic' }],
        gates: { metric: 'averagePrecision', margin: 0.01 },
        notifications: { email: ['ada@example.com'], slack: { env: 'HOOK' } },
      };
      if (name !== 'an-environment')
        // which no declaration in a file may name
        await writeFile(join(declarations, `${name}.ts`), `export default ${JSON.stringify(declared)};`);
      const pipeline = parsePipeline(declared as unknown as PipelineInput, name);
      const { ref } = await rig.ports.pipelines.apply(pipeline, 'the test');
      const run = await runs.start('data', { pipeline: ref, asOf: AS_OF });
      const reason = await runs.result(run).then(() => null, messageOf);
      assert.ok(reason !== null, `${name} went well`);
      written[`${name}: error`] = reason;
      await rig.ports.alerts.raise(
        runFailedAlert(name, { loop: 'data', workflowId: run, runId: name, reason } as never, AS_OF),
        '6 hours',
      );
      const handle = server().client.workflow.getHandle(run);
      written[`${name}: history`] = decoded(await handle.fetchHistory());
      written[`${name}: memo`] = decoded((await handle.describe()).raw);
    }
    await worker.stop();
    written['log of the worker'] = await readFile(logFile, 'utf8');

    const perennial = connect(database.url);
    let log = '';
    const logger = createLog({ name: 'server', level: 'debug' }, { write: (line) => (log += line) });
    const deliveries = createDeliveries({
      outbox: createOutbox(perennial),
      reminders: createReminders(perennial),
      clock: createClock(),
      channels: channelsOn({ HOOK: hook.url }, { smtpUrl: mailbox.url }),
      pipelines: rig.ports.pipelines,
      always: [],
      log: logger,
    });
    await deliveries.round();
    assert.equal(mailbox.mails.length, hook.posts.length);
    assert.ok(mailbox.mails.length >= Object.keys(places).length, 'people are told of each');
    mailbox.mails.forEach(
      (mail, i) => (written[`mail ${i}`] = `${mail.header('Subject')}\n${mail.text}\n${mail.html}`),
    );
    hook.posts.forEach((post, i) => (written[`web hook ${i}`] = `${post.text}\n${JSON.stringify(post)}`));
    hook.status = 500;
    const lost = runFailedAlert('a-value', { loop: 'monitoring', workflowId: 'w', runId: 'r', reason: 'lost' } as never, AS_OF); // prettier-ignore
    // Of a kind that the failure of the data loop does not explain.
    await rig.ports.alerts.raise({ ...lost, kind: 'drift', fingerprint: 'drift/a-value' }, '6 hours');
    await deliveries.round();

    const { operations, close } = await connectOperations(readConfig(settings));
    const predictions = createPredictionLog(perennial);
    const serving = await aServer(aServingWorld(), { predictions, operations, keys: [KEY], logger });
    const headers = { authorization: `Bearer ${KEY}` };
    const predict = async (payload: object | string, url = '/predict/fraud') => {
      const answer = await serving.app.inject({
        method: 'POST',
        url,
        headers: { ...headers, 'content-type': 'application/json' },
        payload,
      });
      return answer.statusCode;
    };
    const row = aRow({ transaction_id: CARD, card_id: CARD, device: CARD });
    assert.equal(await predict(row), 200);
    assert.equal(await predict({ ...row, amount: `${CARD}!` }), 400);
    assert.equal(await predict({ ...row, [CARD]: 1 }), 400);
    assert.equal(await predict(`{"amount": ${CARD}!`), 400);
    assert.equal(await predict(row, `/predict/fraud${CARD}?key=${KEY}`), 404);
    await serving.shipper.ship();
    const kept = await perennial.query('select key from perennial.predictions');
    assert.deepEqual(kept.rows, [{ key: CARD }]);

    const names = Object.keys(places);
    const pages = names.flatMap((name) => ['', '/runs', '/reports'].map((page) => `/pipelines/${name}${page}`));
    for (const url of ['/', '/alerts', '/metrics', '/openapi.json', '/health', ...pages])
      for (const accept of ['text/html', 'application/json']) {
        const page = await serving.app.inject({ url, headers: { ...headers, accept } });
        assert.equal(page.statusCode, 200, url);
        written[`page ${url} as ${accept}`] = page.body;
      }
    const commands = names.flatMap((name) => ['status', 'runs', 'snapshots', 'models'].map((what) => [what, name]));
    for (const line of [['status'], ['alerts', '--all'], ...commands])
      for (const command of [line, [...line, '--json']]) {
        const { code, out, err } = await commandLine(command, operations.as(ada));
        assert.equal(code, 0, err);
        written[`perennial ${command.join(' ')}`] = out + err;
      }
    await close();
    const doctor = connectCommand({ home: folder(), pipelines: declarations }, settings);
    written['perennial doctor'] = findingsInWords(await doctor.examine(120_000));
    written['log of the server'] = log;

    const tables = await perennial.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'perennial'`,
    );
    for (const { name } of tables.rows.filter((table) => !HOLDS_ROWS.some((holds) => table.name.startsWith(holds))))
      written[`table ${name}`] = (
        await perennial.query<{ text: string | null }>(`select string_agg(t::text, E'\\n') as text from "${name}" t`)
      ).rows[0]!.text ?? ''; // prettier-ignore
    await perennial.end();

    const canaries = [...fixed, new URL(database.url).password];
    const found = Object.entries(written).flatMap(([where, text]) =>
      canaries.filter((canary) => text.includes(canary)).map((canary) => `${where}: ${canary}`),
    );
    assert.deepEqual(found, []);
    assert.match(written['a-value: history']!, /value\.csv, line 2: amount is text of 17 letters/);
    assert.match(written['a-label: history']!, /Column late of payments .*SQLSTATE 22P02/);
    assert.match(written['a-quarantine: history']!, /amount: values above the maximum in 1 of 1 row /);
    assert.ok(Object.values(written).some((text) => text.includes('SOURCE_FILE_REFUSED')));
    assert.match(written['log of the worker']!, /value\.csv, line 2/);
    assert.match(written['log of the server']!, /answered 500/);
    assert.match(written['perennial doctor']!, /value\.csv, line 2/);
  });
});
