import { createClock } from '../adapters/clock.ts';
import { readDeclarations } from '../adapters/declarations.ts';
import { createFolderStore } from '../adapters/folder-store.ts';
import { createCatalogue } from '../adapters/postgres/catalogue.ts';
import { connect, unreachable } from '../adapters/postgres/database.ts';
import { createPipelines } from '../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../adapters/postgres/prediction-log.ts';
import { createRegistry } from '../adapters/postgres/registry.ts';
import { createRetrainingLedger } from '../adapters/postgres/retraining-ledger.ts';
import { createVerdicts } from '../adapters/postgres/verdicts.ts';
import { readRunning } from '../adapters/running.ts';
import { createTemporalClient } from '../adapters/temporal/connection.ts';
import { createRetrainingLoop } from '../adapters/temporal/retraining-loop.ts';
import { createRuns } from '../adapters/temporal/runs.ts';
import { createSchedules } from '../adapters/temporal/schedules.ts';
import { type Config, parseConfig } from '../core/config.ts';
import { UserError } from '../core/errors.ts';
import { createOperations, type Operations } from '../operations/index.ts';
import { type GlobalOptions, runCli } from './cli.ts';
import { userInfo } from 'node:os';

/** Makes the adapters that operations lean on. `close` lets go of them. */
export async function connectOperations(config: Config): Promise<{ operations: Operations; close(): Promise<void> }> {
  const database = connect(config.databaseUrl, { connections: 4 });
  const client = await createTemporalClient(config.temporal);
  const operations = createOperations({
    pipelines: createPipelines(database),
    catalogue: createCatalogue(database),
    registry: createRegistry(database),
    ledger: createRetrainingLedger(database),
    verdicts: createVerdicts(database),
    log: createPredictionLog(database),
    store: createFolderStore(config.objectStoreUrl),
    loop: createRetrainingLoop(client, config.temporal),
    runs: createRuns(client, config.temporal),
    schedules: createSchedules(client, config.temporal, { paused: config.clock !== undefined }),
    clock: createClock(config.clock),
  });
  await database.query('select 1').catch(async (error: unknown) => {
    await database.end();
    throw unreachable(database, error);
  });
  return {
    operations,
    async close() {
      await client.connection.close();
      await database.end();
    },
  };
}

/** The `perennial` command. Reaches what the environment names, or else what runs in the home folder. */
export function main(argv: string[], environment: NodeJS.ProcessEnv): Promise<0 | 1 | 2> {
  const connectCommand = async ({ home, pipelines }: GlobalOptions) => {
    const running = environment['DATABASE_URL'] ? null : readRunning(home);
    if (!running && !environment['DATABASE_URL'])
      throw new UserError(
        'NOT_RUNNING',
        `Nothing runs in ${home}. Start it there with "npm start", name its folder with --home, or set DATABASE_URL, ` +
          'OBJECT_STORE_URL and TEMPORAL_ADDRESS to reach an installation.',
      );
    const config = parseConfig({ ...running, ...environment });
    return {
      ...(await connectOperations(config)),
      by: userInfo().username,
      readDeclarations: (files: string[]) => readDeclarations(files.length > 0 ? files : [pipelines]),
      temporalUi: config.temporal.uiUrl,
    };
  };
  return runCli(argv, connectCommand, {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
}
