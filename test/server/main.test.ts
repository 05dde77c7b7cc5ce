import { createApiKeys } from '../../adapters/postgres/access/keys.ts';
import { createCrowd } from '../../adapters/postgres/crowd.ts';
import { createPredictionLog } from '../../adapters/postgres/predictions/prediction-log.ts';
import { createDoor } from '../../operations/door.ts';
import { createKeys } from '../../operations/keys.ts';
import { anOpenIdProvider, CLIENT, PUBLIC_URL } from '../support/outside/openid-provider.ts';
import { runSql } from '../support/postgres/postgres.ts';
import { aPipeline, aRow, cleanUp, NOW, until, World } from './fakes.ts';
import { createAlerts } from '../../adapters/postgres/alerts/alerts.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { runCli } from '../../client/cli.ts';
import { about } from '../../core/alerts/occurrence.ts';
import type { Automation } from '../../core/automations/declared.ts';
import { connectCommand } from '../../wiring/command.ts';
import { NOWHERE, serverProcesses, type ServerProcesses } from './server-process.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

describe('the server process @slow', () => {
  let test: ServerProcesses;

  beforeEach(async () => void (test = await serverProcesses()));
  afterEach(async () => {
    await test.close();
    await cleanUp();
  });

  const register = (version: number) => test.register(version);
  const promote = (version: number, expectedGeneration: number) => test.promote(version, expectedGeneration);
  const start = (environment: Record<string, string> = {}, stdin: 'pipe' | 'ignore' = 'ignore') =>
    test.start({ environment, stdin });
  /** The address, once it serves what the database has: it listens after five seconds anyway. */
  async function serving({ address }: ReturnType<typeof start>): Promise<string> {
    const url = await address;
    await until(async () => (await fetch(`${url}/health/ready`)).ok, 'it is ready');
    return url;
  }
  /** What it takes up is written down a moment after it serves. */
  const isKept = (file: string, words: string) =>
    until(() => {
      const path = join(test.folder, 'data', 'serving', file);
      return existsSync(path) && readFileSync(path, 'utf8').includes(words);
    }, `${words} is in ${file}`);

  async function ask(address: string): Promise<{ id: string; version: number }> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${address}/predict/fraud`, { method: 'POST', headers, body: JSON.stringify(aRow()) });
    assert.equal(response.status, 200);
    return (await response.json()) as { id: string; version: number };
  }

  const declare = (...automations: Automation[]) =>
    createPipelines(test.database).apply({ ...aPipeline(), automations }, 'test');

  /** What the command line prints. */
  async function typed(...line: string[]): Promise<string> {
    let printed = '';
    const note = (text: string): void => void (printed += text);
    const given = { DATABASE_URL: test.url, OBJECT_STORE_URL: String(pathToFileURL(test.folder)) };
    await runCli(line, async (places) => connectCommand(places, given), { out: note, err: note });
    return printed;
  }

  /** As a drift check adds it up. */
  async function counted(): Promise<number> {
    const within = { from: '1970-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };
    const served = await createPredictionLog(test.database).served('fraud', new World().binning, within);
    return served.reduce((sum, { profile }) => sum + profile.rows, 0);
  }

  it('follows a promotion announced by Postgres, lets an automation act, logs and counts its predictions, and exits with 0 at SIGTERM', async () => {
    await declare({ name: 'back', on: { event: 'alert', kind: 'performance' }, do: { action: 'rollBack' } });
    await register(1);
    await promote(1, 0);
    await register(2);
    const server = start();
    const { child, ended } = server;
    const url = await serving(server);
    for (let i = 0; i < 5; i++) assert.equal((await ask(url)).version, 1);
    await promote(2, 1);
    await until(async () => (await ask(url)).version === 2, 'version 2 is served');
    const fall = { occasion: 'check', severity: 'critical', summary: 'fraud: it fell', detail: '', at: NOW } as const;
    await createAlerts(test.database).raise(about('performance', 'fraud', fall), '1 hour');
    await until(
      async () =>
        ((await createCrowd(test.database).predictions(['fraud'], '1970-01-01T00:00:00.000Z'))[0]?.count ?? 0) >= 6,
      'predictions are logged',
    );
    await until(async () => (await ask(url)).version === 1, 'the automation rolled back');
    const { rows: audited } = await runSql(
      test.url,
      `select action, via, details ->> 'reason' as reason from perennial.audit where who = 'automation back'`,
    );
    const why = 'an alert opened (critical): fraud: it fell';
    assert.deepEqual(audited, [{ action: 'promote', via: 'automation', reason: why }]);
    const done =
      /back +roll back to the previous version +done: rolled back: v1 serves +an alert opened \(critical\): fraud: it fell/;
    await until(async () => done.test(await typed('automations', 'test', 'fraud')), 'the automation is done');
    const { id } = await ask(url);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, { code: 0, output: '' });
    const { rows } = await runSql(
      test.url,
      `select (select count(*)::int from perennial.predictions) as logged,
              (select count(*)::int from perennial.predictions where id = '${id}') as last,
              (select sum((profile->>'rows')::int)::int from perennial.served_counts) as counted`,
    );
    assert.equal(rows[0].last, 1);
    assert.equal(rows[0].counted, rows[0].logged);
  });

  it('serves what it served before with Postgres and store down, and ships when they are back', async () => {
    await register(1);
    await promote(1, 0);
    const first = start();
    await ask(await serving(first));
    await isKept('state.json', '"version":1');
    first.child.kill('SIGKILL');
    await first.ended;

    const alone = start({ DATABASE_URL: NOWHERE, OBJECT_STORE_URL: String(pathToFileURL(join(test.folder, 'gone'))) });
    const { id } = await ask(await alone.address);
    alone.child.kill('SIGKILL');
    await alone.ended;

    const last = start();
    await last.address;
    const inLog = async () =>
      (await runSql(test.url, `select 1 from perennial.predictions where id = '${id}'`)).rowCount;
    await until(async () => (await inLog()) === 1, 'the prediction of the lonely server is logged');
  });

  it('accepts the keys of its database, even when it starts without it, and sends people to their provider', async () => {
    await register(1);
    await promote(1, 0);
    const provider = await anOpenIdProvider({});
    try {
      const settings = {
        PERENNIAL_API_KEYS: '9f1c0d7b2a4e6f8091a3b5c7',
        PERENNIAL_OIDC_ISSUER: provider.issuer,
        PERENNIAL_OIDC_CLIENT_ID: CLIENT.id,
        PERENNIAL_OIDC_CLIENT_SECRET: CLIENT.secret,
        PERENNIAL_OIDC_GROUPS: 'ml-team=read',
        PERENNIAL_PUBLIC_URL: PUBLIC_URL,
      };
      const first = start(settings);
      const url = await first.address;
      const keys = createKeys({ apiKeys: createApiKeys(test.database) });
      const door = createDoor({ keys }, { record: async () => undefined });
      const { secret } = await door.as({ name: 'ada', from: 'cli', role: 'admin' }).keys.create({
        name: 'billing',
        scopes: ['predict'],
      });
      const status = async (address: string): Promise<number> => {
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret}` };
        return (await fetch(`${address}/predict/fraud`, { method: 'POST', headers, body: JSON.stringify(aRow()) }))
          .status;
      };
      await until(async () => (await status(url)) === 200, 'the key works');
      for (const [file, words] of [['state.json', '"version":1'], ['keys.json', 'billing']] as const) await isKept(file, words); // prettier-ignore
      const begun = await fetch(`${url}/login/oidc`, { redirect: 'manual' });
      assert.equal(new URL(begun.headers.get('location')!).origin, provider.issuer);
      first.child.kill('SIGKILL');
      await first.ended;
      const alone = start({ ...settings, DATABASE_URL: NOWHERE });
      assert.equal(await status(await alone.address), 200);
    } finally {
      await provider.close();
    }
  });

  it('keeps answering while Postgres drops every connection, and logs each prediction once', async () => {
    await register(1);
    await promote(1, 0);
    const url = await serving(start());
    const ids: string[] = [];
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 20; i++) ids.push((await ask(url)).id);
      await runSql(
        test.url,
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    }
    const logged = async () => (await runSql(test.url, 'select 1 from perennial.predictions')).rowCount;
    await until(async () => (await logged()) === ids.length, 'all predictions are logged');
    assert.equal(await counted(), ids.length);
  });

  it('loses and doubles no count when it is killed between a shipment and its count', async () => {
    await register(1);
    await promote(1, 0);
    const totals = async () =>
      (
        await runSql(
          test.url,
          `select coalesce(sum((profile->>'rows')::int), 0)::int as rows from perennial.served_counts`,
        )
      ).rows[0].rows as number;
    let answered = 0;
    for (let life = 1; life <= 3; life++) {
      const server = start();
      const { child, ended } = server;
      const url = await serving(server);
      for (let i = 0; i < 7; i++, answered++) await ask(url);
      const logged = async () => (await runSql(test.url, 'select 1 from perennial.predictions')).rowCount;
      await until(async () => (await logged()) === answered, 'predictions are logged');
      child.kill('SIGKILL');
      await ended;
      assert.equal(await counted(), answered, 'readers add what no total counts');
    }
    const { child, ended, address } = start();
    await address;
    child.kill('SIGTERM');
    assert.deepEqual(await ended, { code: 0, output: '' });
    assert.deepEqual([await totals(), await counted()], [answered, answered], 'the next server counts it');
  });

  it('ends when its parent is gone', async () => {
    const piped = start({ DATABASE_URL: NOWHERE }, 'pipe');
    await piped.address;
    piped.child.stdin!.end();
    assert.equal((await piped.ended).code, 0);
    const connected = start({ DATABASE_URL: NOWHERE });
    await connected.address;
    connected.child.disconnect();
    assert.equal((await connected.ended).code, 0);
  });

  it('answers although the files for Temporal are missing, and says which', async () => {
    await register(1);
    await promote(1, 0);
    const server = start({
      TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/tls.crt',
      TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere/tls.key',
    });
    assert.equal((await ask(await serving(server))).version, 1);
    server.child.kill('SIGTERM');
    assert.match(
      (await server.ended).output,
      /the console is off: CONFIG_INVALID: .*TEMPORAL_TLS_CLIENT_CERT_PATH.*\/nowhere\/tls\.crt/,
    );
  });

  it('answers although the settings for Temporal are wrong, and says how', async () => {
    await register(1);
    await promote(1, 0);
    for (const [settings, words] of [
      [
        { TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' },
        /the console is off: CONFIG_INVALID: .*\/nowhere\/temporal\.toml/,
      ],
      [{ TEMPORAL_ADDRESS: 'https://here' }, /the console is off: CONFIG_INVALID: .*TEMPORAL_ADDRESS: write host:port/],
    ] as const) {
      const server = start(settings);
      assert.equal((await ask(await serving(server))).version, 1);
      server.child.kill('SIGTERM');
      assert.match((await server.ended).output, words);
    }
    const both = await start({ TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml', PERENNIAL_PORT: 'x' }).ended;
    assert.match(both.output, /CONFIG_INVALID: .*PERENNIAL_PORT/s);
  });

  it('says what to do when it may not or cannot start', async () => {
    const open = await start({ PERENNIAL_HOST: '0.0.0.0', DATABASE_URL: NOWHERE }).ended;
    assert.equal(open.code, 1);
    assert.match(open.output, /KEYS_REQUIRED: .*0\.0\.0\.0.*PERENNIAL_API_KEYS/);
    const first = start({ DATABASE_URL: NOWHERE });
    await first.address;
    const second = await start({ DATABASE_URL: NOWHERE }).ended;
    assert.match(second.output, /ALREADY_RUNNING: .*PERENNIAL_DATA/);
  });
});
