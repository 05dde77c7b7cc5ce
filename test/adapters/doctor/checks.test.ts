import { alertsCheck } from '../../../adapters/doctor/alerts.ts';
import { createAlerts } from '../../../adapters/postgres/alerts/alerts.ts';
import { createOutbox } from '../../../adapters/postgres/alerts/outbox.ts';
import { createReaches } from '../../../adapters/postgres/alerts/reach.ts';
import { createChecks } from '../../../adapters/doctor/checks.ts';
import { columnProblems } from '../../../adapters/doctor/declarations.ts';
import { databaseChecks, surelyApart } from '../../../adapters/doctor/database.ts';
import { backendCheck, dataFolderCheck, memoryCheck, nodeCheck } from '../../../adapters/doctor/machine.ts';
import { connect, migrate } from '../../../adapters/postgres/database.ts';
import { machineIn, readConfig } from '../../../wiring/settings.ts';
import { type Finding } from '../../../core/runs/doctor.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { examine } from '../../../operations/doctor.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { folderPerTest } from '../../support/folders.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { runSql, testDatabase } from '../../support/postgres/postgres.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const NOWHERE = 'http://127.0.0.1:1';

describe('the doctor', () => {
  const folder = folderPerTest();
  const settingsOf = (databaseUrl: string): Record<string, string> => ({
    DATABASE_URL: databaseUrl,
    OBJECT_STORE_URL: pathToFileURL(join(folder(), 'objects')).href,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PERENNIAL_DATA: join(folder(), 'data'),
  });
  async function look(
    { patience, ...changes }: Partial<Parameters<typeof createChecks>[0]> & { url?: string; patience?: number },
    ...only: string[]
  ): Promise<Map<string, Finding>> {
    const settings = settingsOf(changes.url ?? 'postgres://127.0.0.1:1/perennial');
    const checks = createChecks({
      settings,
      tensorflow: machineIn().tensorflow,
      configOf: () => readConfig(settings),
      server: { url: NOWHERE, key: undefined },
      readDeclarations: async () => [{ input: aPipeline(), file: 'fraud.ts' }],
      ...changes,
    });
    const findings = await examine(
      checks.filter(({ name }) => only.length === 0 || only.includes(name)),
      patience,
    );
    return new Map(findings.map((finding) => [finding.check, finding]));
  }

  it('does not wait for what is down, and says what to start for each @slow', async () => {
    const found = await look({ patience: 86_400_000 });
    for (const check of ['Postgres', 'schema', 'clock'])
      assert.match(found.get(check)!.found, /127\.0\.0\.1:1\/perennial does not answer.*check DATABASE_URL/);
    for (const check of ['Temporal', 'workers', 'search attributes', 'schedules'])
      assert.match(found.get(check)!.found, /Temporal at 127\.0\.0\.1:1 .* does not answer.*Start it/);
    assert.match(found.get('memory')!.found, /^DuckDB takes up to \d+ MB in a worker/);
    assert.match(found.get('TF.js')!.found, /^Trainings that use TF\.js find 4\.\d+\.\d+ here, (native|wasm) backend/);
    assert.match(found.get('prediction server')!.found, /does not answer.*npm start/);
    assert.deepEqual(
      ['Node.js', 'declarations', 'object store', 'data folder', 'settings'].map((check) => found.get(check)?.state),
      ['ok', 'ok', 'ok', 'ok', 'ok'],
    );
  });

  it('fails and leaves nothing open when a listener never answers', async () => {
    const sockets = new Set<Socket>();
    const silent = createTcpServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(
      0,
      '127.0.0.1',
    );
    await once(silent, 'listening');
    const url = `postgres://127.0.0.1:${(silent.address() as AddressInfo).port}/perennial`;
    const checks = databaseChecks(url);
    const findings = await examine(checks, 200);
    assert.deepEqual(
      findings.map(({ check, state }) => `${check}: ${state}`),
      ['Postgres: failed', 'schema: warning', 'clock: warning'],
    );
    assert.equal(sockets.size, checks.length);
    await Promise.all([...sockets].map(async (socket) => socket.closed || once(socket.resume(), 'close')));
    silent.close();
  });

  it('does not take the time of a query for a difference of clocks', () => {
    const slow = { before: 1_000, now: 4_700, after: 4_900 };
    assert.equal(surelyApart([slow]), 0);
    assert.equal(surelyApart([slow, { before: 5_000, now: 5_900, after: 5_010 }]), 890);
    assert.equal(surelyApart([{ before: 5_000, now: 4_400, after: 5_010 }]), 600);
  });

  it('says what is missing when nothing runs here, and still checks the rest', async () => {
    const configOf = () => {
      throw new UserError('NOT_RUNNING', 'Nothing is running in .perennial. Start it with "npm start".');
    };
    const found = await look({ configOf });
    assert.deepEqual([...found.keys()].sort(), [
      'Node.js',
      'declarations',
      'prediction server',
      'secrets',
      'settings',
      'sources',
    ]);
    assert.match(found.get('settings')!.found, /Nothing is running in \.perennial/);
  });

  it('reports whether the tables are up to date', async () => {
    const { url, drop } = await testDatabase();
    assert.deepEqual((await look({ url }, 'schema')).get('schema')?.state, 'failed');
    const database = connect(url);
    await migrate(database);
    await database.end();
    const found = await look({ url }, 'Postgres', 'schema', 'clock');
    assert.deepEqual(
      ['Postgres', 'schema', 'clock'].map((check) => found.get(check)?.state),
      ['ok', 'ok', 'ok'],
    );
    await runSql(url, `update perennial.migrations set name = '999-later.sql' where name = '001-spine.sql'`);
    assert.match((await look({ url }, 'schema')).get('schema')!.found, /missing: 001-spine\.sql/);
    await runSql(url, `insert into perennial.migrations (name) values ('001-spine.sql')`);
    const newer = (await look({ url }, 'schema')).get('schema')!;
    assert.deepEqual(
      [newer.state, newer.found],
      ['warning', 'A newer version has migrated this database (999-later.sql).'],
    );
    await drop();
  });

  it('tells what sources that it reaches say against the declared columns, and nothing of the others', async () => {
    const { source, columns, label } = aPipeline();
    const { key, time, entity = '' } = source;
    const file = join(folder(), 'rows.csv');
    const others = Object.keys(columns).filter((name) => name !== 'amount');
    writeFileSync(file, `${[key, time, entity, label.name, 'amuont', ...others].join(',')}\n`);
    const of = (name: string, path: string) => {
      const { table: _table, connection: _connection, ...rest } = source as Record<string, unknown>;
      const input = { ...aPipeline(), name, source: { ...rest, kind: 'csv', file: path } };
      return { input, file: `${name}.ts` };
    };
    const declared = [of('fraud', file), of('away', join(folder(), 'nowhere.csv')), { input: aPipeline({ name: 'unreachable' }), file: 'unreachable.ts' }]; // prettier-ignore
    const environment = { PERENNIAL_DATA_ROOTS: folder(), FRAUD_DB_URL: 'postgres://127.0.0.1:1/shop' };
    const problems = await columnProblems(declared, environment);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(
      problems[0]!,
      /^fraud: .*rows\.csv has no column amount; its first line names: .*amuont, .*Did you mean "amuont"\? If workers see the same, its data loop fails/,
    );
    assert.deepEqual(await columnProblems(declared, environment, 0), [], 'in no time');
    assert.deepEqual(
      await columnProblems(declared, { ...environment, FRAUD_DB_URL: undefined }),
      [],
      'without its secrets',
    );
  });

  it('says which secrets and sources it cannot check from here', async () => {
    const found = await look({}, 'secrets', 'sources');
    assert.deepEqual([found.get('secrets')!.state, found.get('sources')!.state], ['warning', 'warning']);
    assert.match(found.get('secrets')!.found, /^FRAUD_DB_URL is not set here/);
    assert.match(found.get('sources')!.found, /^Not checked: fraud/);
  });

  it('shows where a declaration is wrong', async () => {
    const found = await look(
      { readDeclarations: async () => [{ input: { name: 'Fraud' }, file: 'fraud.ts' }] },
      'declarations',
    );
    assert.equal(found.get('declarations')!.state, 'failed');
    assert.match(found.get('declarations')!.found, /fraud\.ts is not a valid pipeline:\n {2}name: use lower-case/);
  });

  it('asks the prediction server for its health', async () => {
    let health: object = {};
    const server = createServer((_request, response) => response.end(JSON.stringify(health)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const asked = async (told: object) => {
      health = told;
      const { state, found } = (await look({ server: { url, key: undefined } }, 'prediction server')).get(
        'prediction server',
      )!;
      return { state, found };
    };
    const well = { ready: true, pipelines: { fraud: { problem: null } }, database: { reachable: true } };
    assert.deepEqual(await asked(well), { state: 'ok', found: `${url} serves fraud.` });
    assert.equal((await asked({ ...well, ready: false })).state, 'failed');
    assert.equal((await asked({ ...well, database: { reachable: false } })).state, 'warning');
    const troubled = await asked({ ...well, pipelines: { fraud: { problem: 'v3 cannot be loaded' } } });
    assert.deepEqual(troubled, { state: 'warning', found: 'fraud: v3 cannot be loaded' });
    assert.match((await asked({ hello: 'world' })).found, /is not a prediction server of Perennial/);
    server.close();
  });

  it('says which backend a training here would use, and why not the native one', async () => {
    const asked = async (env: NodeJS.ProcessEnv) => {
      const [finding] = await examine([backendCheck(machineIn(env).tensorflow, process.env)]);
      return [finding!.state, finding!.found.replace(/\d+\.\d+\.\d+/, 'V')];
    };
    assert.deepEqual(await asked({ XDG_CACHE_HOME: folder() }), [
      'ok',
      'Trainings that use TF.js find V here, wasm backend (not native: it is not on this machine).',
    ]);
    const [state, found] = await asked({ XDG_CACHE_HOME: folder(), PERENNIAL_BACKEND: 'native' });
    assert.equal(state, 'failed');
    assert.match(found!, /it is not on this machine/);
  });

  it('reports how much memory DuckDB takes here, and warns when a training would leave too little', async () => {
    const asked = async (changes: Record<string, string>, mb: number, of: 'container' | 'machine') => {
      const [finding] = await examine([
        memoryCheck(readConfig({ ...settingsOf('postgres://127.0.0.1:1/perennial'), ...changes }), { mb, of }, 2),
      ]);
      return [finding!.state, finding!.found];
    };
    assert.deepEqual(await asked({ PERENNIAL_TRAINING_MEMORY_MB: '2048' }, 4_096, 'container'), [
      'ok',
      'DuckDB takes up to 1843 MB in a worker (921 MB in one that trains), and a training up to 2048 MB. This container has 4096 MB.',
    ]);
    assert.deepEqual(await asked({ PERENNIAL_DUCKDB_MEMORY_MB: '900' }, 65_536, 'machine'), [
      'ok',
      'DuckDB takes up to 900 MB in a worker (PERENNIAL_DUCKDB_MEMORY_MB), and a training up to 1024 MB. This machine has 65536 MB.',
    ]);
    const [state, found] = await asked({ PERENNIAL_DUCKDB_MEMORY_MB: '3000' }, 4_096, 'container');
    assert.equal(state, 'warning');
    assert.match(found!, /A worker that trains would leave Node\.js only 72 MB\.$/);
    assert.match((await asked({}, 1_024, 'container'))[1]!, /would leave Node\.js no MB\.$/);
  });

  it('refuses a Node.js that is too old, and an unusable data folder', async () => {
    for (const old of ['18.20.0', '20.18.3']) assert.equal((await examine([nodeCheck(old)]))[0]!.state, 'failed');
    assert.equal((await examine([nodeCheck('22.0.0')]))[0]!.state, 'ok');
    assert.equal((await examine([dataFolderCheck(join(folder(), 'not', 'yet'))]))[0]!.state, 'ok');
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    assert.equal((await examine([dataFolderCheck(file)]))[0]!.state, 'failed');
  });
});

describe('the doctor, of alerts', () => {
  const database = perennialDatabase();
  const look = async () => (await examine([alertsCheck(database().options.connectionString!)]))[0]!;
  const slack = { channel: 'slack', target: 'CHURN_SLACK' } as const;
  const server = { server: 's1', mail: true, always: [], lacks: [] };

  it('says that no server has told what it can send', async () => {
    const { state, found } = await look();
    assert.equal(state, 'warning');
    assert.match(found, /^No server has said/);
  });

  it('is content when nothing is missing, and names the pipelines whose alerts nobody gets', async () => {
    await createReaches(database()).report(server);
    const { state, found } = await look();
    assert.equal(state, 'ok');
    assert.match(found, /A mail server is set\. No recipients are declared for fraud: nobody is told/);
  });

  it('fails by pipeline and channel where a server lacks a variable', async () => {
    const lacks = [{ ...slack, pipelines: ['churn'], what: 'CHURN_SLACK is not set' }];
    await createReaches(database()).report({ ...server, mail: false, lacks });
    await createReaches(database()).report({ ...server, server: 's2', lacks });
    const { state, found, fix } = await look();
    assert.equal(state, 'failed');
    assert.equal(found, 'churn: Slack (CHURN_SLACK): CHURN_SLACK is not set on s1, s2.');
    assert.match(fix!, /perennial alerts test/);
  });

  it('fails where a recipient takes no messages', async () => {
    const about = { fingerprint: 'drift/fraud', pipeline: 'fraud', kind: 'drift', severity: 'critical' } as const;
    await createAlerts(database()).raise({ ...about, summary: 'drift', detail: '', occasion: 'v', at: '2026-03-01T12:00:00.000Z' }, '6 hours'); // prettier-ignore
    const outbox = createOutbox(database());
    await outbox.address(async () => ({ targets: [slack] }), '2026-03-01T12:00:00.000Z');
    const fail = async () => {
      for (const { id } of await outbox.take(1)) await outbox.failed(id, 'it answered 404', 0);
    };
    for (let i = 0; i < 4; i++) await fail();
    assert.equal((await look()).state, 'warning', 'it may be a restart');
    await fail();
    const { state, found } = await look();
    assert.equal(state, 'failed');
    assert.match(
      found,
      /^fraud: Slack \(CHURN_SLACK\): a message has not arrived since .*, tried up to 5 times: it answered 404$/,
    );
  });
});
