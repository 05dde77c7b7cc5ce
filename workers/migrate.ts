import { ensureObjectStore } from '../adapters/object-store.ts';
import { connect, migrate } from '../adapters/postgres/database.ts';
import { missingMigrations } from '../adapters/postgres/schema.ts';
import { parseConfig } from '../core/base/config.ts';
import { messageOf, UserError } from '../core/base/errors.ts';
import { deployWorkflows } from './deploy.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 120_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Brings tables up to date, makes the folder or bucket of the object store, and after a roll back has new runs go by this
 * release's workflows again. Safe to run again, and from many at once.
 */
async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const database = connect(config.databaseUrl, { connections: 2 });
  try {
    await whenTheyAnswer(async () => {
      const missing = await missingMigrations(database);
      await migrate(database);
      say(missing.length === 0 ? 'Tables: up to date' : `Tables: ${missing.join(', ')} done`);
    });
    await whenTheyAnswer(async () => say(`Objects: ${await ensureObjectStore(config)}`));
    await deployWorkflows(config).catch((error: unknown) => {
      if (!(error instanceof UserError && error.code === 'TEMPORAL_UNREACHABLE')) throw error;
      // Nobody waits for it: a release that is new makes itself known when its worker starts.
      process.stderr.write(`${error.message}\nAfter a roll back, do this again when it answers.\n`);
    });
  } finally {
    await database.end();
  }
}

/** Waits for services that are started at the same time as we are. */
async function whenTheyAnswer(work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let told = ''; ; await sleep(1_000)) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof UserError ? error.code : '';
      if (!code.endsWith('_UNREACHABLE') || Date.now() > deadline) throw error;
      if (told !== code) process.stderr.write(`Waiting: ${messageOf(error)}\n`);
      told = code;
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof UserError ? `${error.code}: ` : ''}${messageOf(error)}\n`);
  process.exit(1);
});
