import { makeFolder } from '../bench.ts';
import { startPostgres } from '../../local/stack/postgres.ts';
import { freePort } from '../../local/stack/tcp-ports.ts';
import { startOurs, type OurServer } from './ours.ts';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

export interface Scene {
  ours: OurServer;
  postgres: Awaited<ReturnType<typeof startPostgres>>;
  databaseUrl: string;
  /** Goes at the end. */
  folder: string;
}

/** Starts Postgres and our server beside it, and ends both after the work. */
export async function withOurs<T>(
  work: (scene: Scene) => Promise<T>,
  settings: Record<string, string> = {},
): Promise<T> {
  const folder = makeFolder();
  const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const { port } = await freePort(25_432);
    const logFile = join(folder, 'postgres.log');
    const postgres = await startPostgres({ folder: join(folder, 'postgres'), port, logFile, settings });
    closers.push(() => postgres.stop());
    await postgres.ensureDatabase('bench');
    const databaseUrl = postgres.url('bench');
    const ours = await startOurs(databaseUrl, join(folder, 'data'));
    closers.push(() => ours.stop());
    return await work({ ours, postgres, databaseUrl, folder });
  } finally {
    for (const close of closers.reverse()) await close();
  }
}
