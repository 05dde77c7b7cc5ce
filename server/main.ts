import { connectAlerting } from '../adapters/alerting.ts';
import { createClock } from '../adapters/machine/clock.ts';
import { connectOperationPorts } from '../adapters/operation-ports.ts';
import { createLog } from '../adapters/machine/log.ts';
import { createObjectStore } from '../adapters/objects/object-store.ts';
import { connect, type Database } from '../adapters/postgres/database.ts';
import { createModelVersions } from '../adapters/postgres/model-versions.ts';
import { createPipelines } from '../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../adapters/postgres/prediction-log.ts';
import { missingMigrations } from '../adapters/postgres/schema.ts';
import { createTrafficTable } from '../adapters/postgres/traffic.ts';
import { createTrafficFeed } from '../adapters/postgres/traffic-feed.ts';
import { readConfigOrProblem } from '../adapters/machine/config.ts';
import { framesOf, messageOf, UserError } from '../core/base/errors.ts';
import { createOperations } from '../operations/index.ts';
import { buildApp } from './app.ts';
import { refuseOpenDoor } from './protocols/keys.ts';
import { lockFolder } from './serving/folder-lock.ts';
import { whenAskedToStop } from './protocols/stopping.ts';
import { within } from '../core/time/time-limit.ts';
import { type Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { hostname } from 'node:os';

const LAST_REQUESTS_MS = 3_000;

/** The prediction server as a process: makes the adapters, listens, and stops in order when asked to. */
async function main(): Promise<void> {
  process.umask(0o077); // our files contain rows and models, so only our user may read them
  const config = readConfigOrProblem(process.env);
  refuseOpenDoor(config.host, config.apiKeys);
  const logger = createLog({ name: 'server', level: config.logLevel });
  const unlock = lockFolder(config.dataFolder);

  const database = connect(config.databaseUrl, { connections: config.connections });
  void tellOfMissingTables(database, logger);
  const alerting = connectAlerting(config, database, process.env);
  const forConsole = await connectOperationPorts(config).catch((error: unknown) => {
    // Predictions need no Temporal, so a problem with its settings or files must not stop them.
    logger.error(`the console is off: ${error instanceof UserError ? `${error.code}: ` : ''}${messageOf(error)}`);
    return null;
  });
  const { uiUrl, namespace } = config.temporal;
  const { app, metrics } = await buildApp({
    traffic: createTrafficTable(database),
    modelVersions: createModelVersions(database),
    pipelines: createPipelines(database),
    predictions: createPredictionLog(database),
    store: createObjectStore(config),
    clock: createClock(config.clock),
    feed: createTrafficFeed(config.databaseUrl, { log: logger }),
    dataFolder: config.dataFolder,
    replica: config.replica ?? hostname(),
    keys: config.apiKeys,
    sessionSecret: config.sessionSecret,
    predictionsPerMinute: config.predictionsPerMinute,
    alerting,
    operations: forConsole && createOperations(forConsole.ports),
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
    await within(1_000, 'closing the database', database.end()).catch(() => undefined);
    unlock();
  });
  const address = await app.listen({ host: config.host, port: config.port });
  process.send?.({ ready: true, address });
}

/** A server starts without its tables, as it starts without a database; but it logs why it has nothing to serve. */
async function tellOfMissingTables(database: Database, log: Logger): Promise<void> {
  const missing = await missingMigrations(database).catch(() => []); // the watch reports an unreachable database
  if (missing.length > 0)
    log.warn(`migrations are missing (${missing.join(', ')}): run the command "migrate" (infra/entrypoint migrate)`);
}

main().catch((error: unknown) => {
  const text =
    error instanceof UserError ? `${error.code}: ${error.message}` : `${messageOf(error)}\n${framesOf(error)}`;
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
