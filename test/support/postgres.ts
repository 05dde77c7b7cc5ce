import { freePort } from '../../local/stack/ports.ts';
import { startPostgres, type Postgres } from '../../local/stack/postgres.ts';
import { atEnd } from './at-end.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

export interface Template {
  /** Databases of the same template are clones of one that `prepare` filled, once in this process. */
  template: string;
  prepare: (url: string) => Promise<unknown>;
}

let cluster: Promise<{ postgres: Postgres; folder: string }> | undefined;
const templates = new Map<string, Promise<string>>();
let made = 0;

/** A database of its own on this process's Postgres, which starts with the first one and ends with the tests. */
export async function testDatabase(template?: Template): Promise<TestDatabase> {
  const { postgres } = await (cluster ??= startCluster());
  const from = template && (await prepared(template));
  const name = await create(postgres, from);
  return { url: postgres.url(name), drop: () => admin(postgres, `drop database if exists ${name} with (force)`) };
}

/** Runs statements on a connection of its own. */
export async function runSql(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Ends the cluster if one was started, and removes it. */
atEnd(async () => {
  if (!cluster) return;
  const { postgres, folder } = await cluster;
  cluster = undefined;
  templates.clear();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function startCluster(): Promise<{ postgres: Postgres; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'perennial-test-postgres-'));
  const { port } = await freePort(20_000 + (process.pid % 10_000));
  const logFile = join(folder, 'postgres.log');
  // Nothing here has to outlast a power cut.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '100' };
  try {
    return { postgres: await startPostgres({ folder: join(folder, 'cluster'), port, logFile, settings }), folder };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function prepared({ template, prepare }: Template): Promise<string> {
  const { postgres } = await cluster!;
  let ready = templates.get(template);
  if (!ready) {
    ready = create(postgres).then(async (name) => {
      await prepare(postgres.url(name));
      return name;
    });
    templates.set(template, ready);
  }
  return ready;
}

async function create(postgres: Postgres, template?: string): Promise<string> {
  const name = `test_${process.pid}_${++made}`;
  await admin(postgres, `create database ${name}${template ? ` template ${template}` : ''}`);
  return name;
}

const admin = async (postgres: Postgres, sql: string): Promise<void> =>
  void (await runSql(postgres.url('postgres'), sql));
