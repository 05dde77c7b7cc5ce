import { type Config } from '../../core/base/settings/config.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { within } from '../../core/time/time-limit.ts';
import { SECOND } from '../../core/time/time.ts';
import { connectOperations } from '../../wiring/operations.ts';
import { connectServer } from '../../wiring/server.ts';
import { environment } from '../../wiring/settings.ts';
import { tracesOf } from '../../wiring/traces.ts';
import { buildApp } from '../app.ts';
import { drainAndClose } from '../protocols/draining.ts';
import { whenAskedToStop } from '../protocols/stopping.ts';
import { MIB } from '../shipping/spool.ts';
import { type ToProcess } from './messages.ts';
import { isFirst, type Place } from './place.ts';
import { createScraper } from './scraping.ts';
import { type Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { hostname } from 'node:os';

/** One process of the server: listens, and stops in order when asked to. Resolves to its address. */
export async function serve(config: Config, place: Place, unlock: () => void): Promise<string> {
  const noMoreTraces = await tracesOf(config, 'perennial-server');
  const { logger, ports, missingMigrations, close } = connectServer(config, environment);
  if (isFirst(place)) void tellOfMissingTables(missingMigrations, logger);
  const forConsole = await connectOperations(config).catch((error: unknown) => {
    // Predictions need no Temporal, so a problem with its settings or files must not stop them.
    logger.error(`the console is off: ${error instanceof UserError ? `${error.code}: ` : ''}${messageOf(error)}`);
    return null;
  });
  const { uiUrl, namespace } = config.temporal;
  const replica = config.replica ?? hostname();
  const { app, metrics, draining, grpc } = await buildApp({
    ...ports,
    dataFolder: config.dataFolder,
    place,
    replica: isFirst(place) ? replica : `${replica}/${place.index}`,
    keys: config.apiKeys,
    metricsKey: config.metricsKey,
    sessionSecret: config.sessionSecret,
    sessionHours: config.sessionHours,
    origins: config.origins,
    predictionsPerMinute: config.predictionsPerMinute,
    spool: { maxBytes: config.spoolMb * MIB },
    operations: forConsole?.operations ?? null,
    traced: config.tracesUrl !== null,
    temporalUi: uiUrl === undefined ? null : { url: uiUrl, namespace },
    logger,
  });
  collectDefaultMetrics({ register: metrics.registry });
  if (place.count > 1) {
    metrics.registry.setDefaultLabels({ process: String(place.index) });
    metrics.scrape = createScraper(metrics.registry, {
      send: (message) => process.send?.(message),
      onMessage: (hear) => process.on('message', (message: ToProcess) => hear(message)),
    });
  }

  whenAskedToStop(async (why) => {
    logger.info(`stopping: ${why}`);
    await drainAndClose(app, draining, config.drainSeconds * SECOND);
    if (forConsole) await within(1_000, 'closing what the console asks', forConsole.close()).catch(() => undefined);
    await within(1_000, 'closing the database', close()).catch(() => undefined);
    await noMoreTraces();
    unlock();
  });
  const address = await app.listen({ host: config.host, port: config.port });
  if (config.grpcPort !== undefined) await grpc.listen(config.host, config.grpcPort);
  return address;
}

/** A server starts without its tables, as it starts without a database; but it logs why it has nothing to serve. */
async function tellOfMissingTables(missingMigrations: () => Promise<string[]>, log: Logger): Promise<void> {
  const missing = await missingMigrations().catch(() => []); // the watch reports an unreachable database
  if (missing.length > 0)
    log.warn(`migrations are missing (${missing.join(', ')}): run the command "migrate" (infra/entrypoint migrate)`);
}
