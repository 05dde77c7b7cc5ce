import { ensureObjectStore } from '../adapters/objects/object-store.ts';
import { patiently } from '../adapters/machine/patience.ts';
import { connect, migrate } from '../adapters/postgres/database.ts';
import { missingMigrations } from '../adapters/postgres/schema.ts';
import { messageOf, UserError } from '../core/base/errors/errors.ts';
import { meansContention } from '../core/base/errors/unreachable.ts';
import { environment, readConfig } from '../wiring/settings.ts';
import { deployWorkflows } from './deploy.ts';

const PATIENCE_MS = 120_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const warn = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * Updates tables, creates the folder or bucket of the object store, and after a roll back makes new runs use this
 * release's workflows again. Safe to repeat, and to run from many processes at once.
 */
async function main(): Promise<void> {
  const config = readConfig(environment);
  const database = connect(config.databaseUrl, { connections: 2 });
  try {
    let missing: string[] | undefined;
    await whenTheyAnswer('Postgres', async () => {
      missing ??= await missingMigrations(database); // a second try has the rest alone
      await migrate(database);
      say(missing.length === 0 ? 'Tables: up to date' : `Tables: ${missing.join(', ')} done`);
    });
    await whenTheyAnswer('the object store', async () => say(`Objects: ${await ensureObjectStore(config)}`));
    await deployWorkflows(config, { tell: warn }).catch((error: unknown) => {
      if (!says(error, 'TEMPORAL_UNREACHABLE')) throw error;
      // Not awaited: a new release registers itself when its worker starts.
      warn(`${error.message}\nAfter a roll back, do this again when it answers.`);
    });
  } finally {
    await database.end();
  }
}

/** Waits for services that are started at the same time as we are, and for servers of the last release, which work on. */
const whenTheyAnswer = (what: string, ask: () => Promise<void>): Promise<void> =>
  patiently({ what, ask, forMs: PATIENCE_MS, tell: warn, hopeless });

const hopeless = (error: unknown): boolean => !says(error, '_UNREACHABLE') && !meansContention(error);

const says = (error: unknown, code: string): error is UserError =>
  error instanceof UserError && error.code.endsWith(code);

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof UserError ? `${error.code}: ` : ''}${messageOf(error)}\n`);
  process.exit(1);
});
