import { freePort } from '../../../local/stack/tcp-ports.ts';
import { startPostgres, type Postgres } from '../../../local/stack/postgres.ts';
import { connected } from './connected.ts';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SHARED = 'PERENNIAL_TESTS';

/** A folder that all test processes share; it is gone after the last test. */
export const sharedFolder = (): string => {
  const folder = process.env[SHARED];
  if (folder === undefined) throw new Error('test/support/hooks.ts was not required');
  return folder;
};
export const socketPath = (folder: string): string => join(folder, 'postgres.sock');

/**
 * Gives all test processes one Postgres. It belongs to the process that lives longest, mocha's own, and starts when a test
 * asks for it first.
 */
export async function offerPostgres(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'perennial-tests-'));
  process.env[SHARED] = folder;
  let postgres: Promise<Postgres> | undefined;
  const server = createServer((_request, response) => {
    (postgres ??= start(folder)).then(
      (started) => response.end(started.url('postgres')),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(socketPath(folder), resolve));
  return async () => {
    server.close();
    await (await postgres?.catch(() => undefined))?.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

async function start(folder: string): Promise<Postgres> {
  const home = join(folder, 'postgres');
  await mkdir(home);
  const { port } = await freePort(20_000 + (process.pid % 10_000));
  // Nothing here has to outlast a power cut.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };
  const postgres = await startPostgres({
    folder: join(home, 'cluster'),
    port,
    logFile: join(home, 'postgres.log'),
    settings,
  });
  const url = postgres.url('postgres');
  // Half of what a connection costs its client is the password's thousands of rounds, which here protect nothing.
  await connected(url, (client) =>
    client.query(`set scram_iterations = 1; alter user current_user password '${new URL(url).password}'`),
  );
  return postgres;
}
