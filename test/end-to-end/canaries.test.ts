import { createDataActivities } from '../../activities/data.ts';
import { createMail } from '../../adapters/mail.ts';
import { connect } from '../../adapters/postgres/database.ts';
import { createOutbox } from '../../adapters/postgres/outbox.ts';
import { createSlack } from '../../adapters/slack.ts';
import { createRuns } from '../../adapters/temporal/runs.ts';
import { runFailedAlert } from '../../core/alert-words.ts';
import { messageOf } from '../../core/errors.ts';
import { parsePipeline, type PipelineInput } from '../../core/pipeline.ts';
import { createDeliveries } from '../../server/deliveries.ts';
import { AS_OF, makeRig, type Rig } from '../support/activities.ts';
import { devServer } from '../support/dev-server.ts';
import { folderPerTest } from '../support/folders.ts';
import { say, type ScriptedApi, scriptedApi } from '../support/http-api.ts';
import { type Hook, type Mailbox, openHook, openMailbox } from '../support/mailbox.ts';
import { runSql, testDatabase, type TestDatabase } from '../support/postgres.ts';
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';

/** As a value and as a key, and as nobody writes it by chance. */
const CARD = '4929123456781234';
const TOKEN = 'canary-token-of-the-api';
const QUERY = 'canary-key-in-an-address';
const PASSWORD = 'canary-password-of-a-user';
const canaries = [CARD, TOKEN, QUERY, PASSWORD, Buffer.from(`ada:${PASSWORD}`).toString('base64')];

/** What is to hold rows. */
const HOLDS_ROWS = ['labels', 'predictions', 'batch_predictions'];

describe('canaries that are planted in sources @slow', () => {
  const folder = folderPerTest();
  const server = devServer();
  let [database, mailbox, hook, api]: [TestDatabase?, Mailbox?, Hook?, ScriptedApi?] = [];
  let rig: Rig | undefined;
  afterEach(async () => {
    await Promise.all([rig?.close(), mailbox?.close(), hook?.close(), api?.close()]);
    await database?.drop();
  });

  it('are in no history, alert, mail, web hook, error or table that is not to hold rows', async () => {
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
    rig = await makeRig(database.url, folder(), {
      environment: {
        SHOP_DB_URL: database.url,
        API_URL: api.url.replace('//', `//ada:${PASSWORD}@`) + `/?key=${QUERY}`,
        API_TOKEN: TOKEN,
      },
    });

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

    const stop = await server().work(createDataActivities(rig.ports) as never);
    const runs = createRuns(server().client, server().settings);
    const written: Record<string, string> = {};
    for (const [name, place] of Object.entries(places)) {
      const pipeline = parsePipeline(
        {
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
        } as unknown as PipelineInput,
        name,
      );
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
    await stop();

    const perennial = connect(database.url);
    await createDeliveries({
      outbox: createOutbox(perennial),
      channels: {
        email: createMail({ url: mailbox.url, from: 'ml@example.com' }),
        slack: createSlack({ HOOK: hook.url }, { privateHooks: true }),
      },
      pipelines: rig.ports.pipelines,
      always: [],
      log: pino({ level: 'silent' }),
    }).round();
    assert.equal(mailbox.mails.length, hook.posts.length);
    assert.ok(mailbox.mails.length >= Object.keys(places).length, 'people are told of each');
    mailbox.mails.forEach((mail, i) => (written[`mail ${i}`] = `${mail.header('Subject')}\n${mail.text}`));
    hook.posts.forEach(({ text }, i) => (written[`web hook ${i}`] = text));
    const tables = await perennial.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'perennial'`,
    );
    for (const { name } of tables.rows.filter((table) => !HOLDS_ROWS.some((holds) => table.name.startsWith(holds))))
      written[`table ${name}`] = (
        await perennial.query<{ text: string | null }>(`select string_agg(t::text, E'\\n') as text from "${name}" t`)
      ).rows[0]!.text ?? ''; // prettier-ignore
    await perennial.end();

    const found = Object.entries(written).flatMap(([where, text]) =>
      canaries.filter((canary) => text.includes(canary)).map((canary) => `${where}: ${canary}`),
    );
    assert.deepEqual(found, []);
    assert.match(written['a-value: history']!, /value\.csv, line 2: amount is text of 17 letters/);
    assert.match(written['a-label: history']!, /Column late of payments .*SQLSTATE 22P02/);
    assert.match(written['a-quarantine: history']!, /largest value is above its bound/);
    assert.ok(Object.values(written).some((text) => text.includes('SOURCE_FILE_REFUSED')));
  });
});

/** JSON with the bytes of its payloads as text. */
const decoded = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => {
    const bytes =
      inner instanceof Uint8Array ? inner : (inner as { type?: string } | null)?.type === 'Buffer' ? Buffer.from((inner as { data: number[] }).data) : null; // prettier-ignore
    return bytes ? Buffer.from(bytes).toString('utf8') : typeof inner === 'bigint' ? String(inner) : inner;
  });
