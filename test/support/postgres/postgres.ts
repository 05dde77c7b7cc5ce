import { atEnd } from '../at-end.ts';
import { connected } from './connected.ts';
import { keep, restore } from './again.ts';
import { sharedFolder, socketPath } from './shared-postgres.ts';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import pg from 'pg';

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

export interface Template {
  /** Databases of the same template are clones of one that `prepare` filled, once for all test processes. */
  template: string;
  /** What is there already when `prepare` begins. */
  from?: Template | undefined;
  prepare: (url: string) => Promise<unknown>;
  /** Its tests list tables: nothing may be kept beside its own, so none of its databases is used again. */
  listed?: true;
}

let cluster: Promise<string> | undefined;

const templates = new Map<string, Promise<string>>();
/** Clones of each template that no test uses any more, as they were prepared. */
const free = new Map<string, string[]>();

/** A database of its own on the Postgres of all tests. */
export async function testDatabase(template?: Template): Promise<TestDatabase> {
  if (template) return cloneOf(template);
  const name = newName();
  await admin(`create database ${name}`);
  return { url: await urlOf(name), drop: () => dropped(name) };
}

/** A copy costs ten times as much as putting back the rows in one that an earlier test has used. */
async function cloneOf(template: Template): Promise<TestDatabase> {
  const from = await prepared(template);
  const used = free.get(from)?.pop();
  const name = used ?? newName();
  // Copying the files of a template takes a quarter of the processor time of logging each of its pages.
  if (!used) await admin(`create database ${name} template ${from} strategy file_copy`);
  return {
    url: await urlOf(name),
    async drop() {
      const next = template.listed ? null : await renamed(name);
      if (next === null) await dropped(name);
      else if (await restore(await urlOf(next))) free.set(from, [...(free.get(from) ?? []), next]);
      else await dropped(next);
    },
  };
}

/** Ends all connections, and gives a database a name by which nothing that a test left running finds it; null: it was too quick. */
async function renamed(name: string): Promise<string | null> {
  const next = newName();
  await admin(`select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '${name}'`);
  return admin(`alter database ${name} rename to ${next}`).then(
    () => next,
    () => null,
  );
}

/** Runs statements on a connection of its own. */
export const runSql = (url: string, sql: string): Promise<pg.QueryResult> =>
  connected(url, (client) => client.query(sql));

function prepared(template: Template): Promise<string> {
  let ready = templates.get(template.template);
  if (!ready) templates.set(template.template, (ready = prepareOnce(template)));
  return ready;
}

/** One process prepares it under another name while the others wait. */
async function prepareOnce({ template, from, prepare, listed }: Template): Promise<string> {
  const name = `template_${template.replaceAll('-', '_')}`;
  await connected(await urlOf('postgres'), async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount !== 0) return;
    const draft = `${name}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft}${from ? ` template ${await prepared(from)}` : ''}`);
    await prepare(await urlOf(draft));
    if (!listed) await keep(await urlOf(draft));
    await client.query(`alter database ${draft} rename to ${name}`);
  });
  return name;
}

async function urlOf(database: string): Promise<string> {
  const url = new URL(await (cluster ??= askForCluster()));
  url.pathname = `/${database}`;
  return url.href;
}

async function askForCluster(): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath: socketPath(sharedFolder()) }, (response) => {
      text(response).then(
        (answer) => (response.statusCode === 200 ? resolve(answer) : reject(new Error(answer))),
        reject,
      );
    })
      .on('error', reject)
      .end();
  });
}

const dropped = (name: string): Promise<void> => admin(`drop database if exists ${name} with (force)`);
const newName = (): string => `test_${randomUUID().replaceAll('-', '')}`;

/** Beside the tests' databases. Each connection costs 10 ms of processor time, and a test would need three. */
let beside: Promise<pg.Client> | undefined;

async function admin(sql: string): Promise<void> {
  await (await (beside ??= openBeside())).query(sql);
}

async function openBeside(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await urlOf('postgres') });
  const forget = (): void => void (beside = undefined); // the next who asks opens another
  client.on('error', forget);
  await client.connect().catch((error: unknown) => {
    forget();
    throw error;
  });
  return client;
}

atEnd(async () => {
  const client = await beside?.catch(() => undefined);
  beside = undefined;
  await client?.end();
});
