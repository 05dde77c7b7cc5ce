import { framesOf, messageOf, UserError } from '../core/base/errors.ts';
import { connectOperations } from '../wiring/operations.ts';
import { connectServer } from '../wiring/server.ts';
import { environment, readConfigOrProblem } from '../wiring/settings.ts';
import { buildApp } from './app.ts';
import { refuseOpenDoor } from './protocols/keys.ts';
import { lockFolder } from './serving/folder-lock.ts';
import { whenAskedToStop } from './protocols/stopping.ts';
import { within } from '../core/time/time-limit.ts';
import { type Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { hostname } from 'node:os';

const LAST_REQUESTS_MS = 3_000;

/** The prediction server as a process: listens, and stops in order when asked to. */
async function main(): Promise<void> {
  process.umask(0o077); // our files contain rows and models, so only our user may read them
  const config = readConfigOrProblem(environment);
  refuseOpenDoor(config.host, config.apiKeys);
  const unlock = lockFolder(config.dataFolder);

  const { logger, ports, missingMigrations, close } = connectServer(config, environment);
  void tellOfMissingTables(missingMigrations, logger);
  const forConsole = await connectOperations(config).catch((error: unknown) => {
    // Predictions need no Temporal, so a problem with its settings or files must not stop them.
    logger.error(`the console is off: ${error instanceof UserError ? `${error.code}: ` : ''}${messageOf(error)}`);
    return null;
  });
  const { uiUrl, namespace } = config.temporal;
  const { app, metrics } = await buildApp({
    ...ports,
    dataFolder: config.dataFolder,
    replica: config.replica ?? hostname(),
    keys: config.apiKeys,
    sessionSecret: config.sessionSecret,
    predictionsPerMinute: config.predictionsPerMinute,
    operations: forConsole?.operations ?? null,
    temporalUi: uiUrl === undefined ? null : { url: uiUrl, namespace },
    logger,
  });
  collectDefaultMetrics({ register: metrics.registry });

  whenAskedToStop(async (why) => {
    logger.info(`stopping: ${why}`);
    // Finish current requests, but do not wait for a caller that never reads its answer.
    setTimeout(() => app.server.closeAllConnections(), LAST_REQUESTS_MS).unref();
    await app.close();
    if (forConsole) await within(1_000, 'closing what the console asks', forConsole.close()).catch(() => undefined);
    await within(1_000, 'closing the database', close()).catch(() => undefined);
    unlock();
  });
  const address = await app.listen({ host: config.host, port: config.port });
  process.send?.({ ready: true, address });
}

/** A server starts without its tables, as it starts without a database; but it logs why it has nothing to serve. */
async function tellOfMissingTables(missingMigrations: () => Promise<string[]>, log: Logger): Promise<void> {
  const missing = await missingMigrations().catch(() => []); // the watch reports an unreachable database
  if (missing.length > 0)
    log.warn(`migrations are missing (${missing.join(', ')}): run the command "migrate" (infra/entrypoint migrate)`);
}

main().catch((error: unknown) => {
  const text =
    error instanceof UserError ? `${error.code}: ${error.message}` : `${messageOf(error)}\n${framesOf(error)}`;
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
