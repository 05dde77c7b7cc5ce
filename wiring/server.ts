import { createChannels } from '../adapters/channels/index.ts';
import { createClock } from '../adapters/machine/clock.ts';
import { createLog } from '../adapters/machine/log.ts';
import { createObjectStore } from '../adapters/objects/object-store.ts';
import { connect } from '../adapters/postgres/database.ts';
import { createOutbox } from '../adapters/postgres/alerts/outbox.ts';
import { createPredictionLog } from '../adapters/postgres/predictions/prediction-log.ts';
import { missingMigrations } from '../adapters/postgres/schema.ts';
import { createTraces } from '../adapters/postgres/alerts/traces.ts';
import { createTallies } from '../adapters/postgres/rollout/tallies.ts';
import { createTrafficFeed } from '../adapters/postgres/rollout/traffic-feed.ts';
import type { Config } from '../core/base/config.ts';
import type { Schedules } from '../core/runs/schedules.ts';
import type { TemporalWatch } from '../core/runs/watch.ts';
import { factsIn } from './facts.ts';
import type { Environment } from './settings.ts';
import { connectTemporal } from './temporal.ts';
import { whenAsked } from './when-asked.ts';

export const serverLog = ({ logLevel }: Config) => createLog({ name: 'server', level: logLevel });

/**
 * The ports of the prediction server, besides operations. Nothing connects before its first use, and the watchdog
 * reports a Temporal that cannot even be asked: it must not prevent the server's start. Its connection ends with the
 * process: if it closed while a call waits to retry, the client would throw where nobody can catch it.
 */
export function connectServer(config: Config, environment: Environment) {
  const logger = serverLog(config);
  const database = connect(config.databaseUrl, { connections: config.connections });
  const { alerts, modelVersions, pipelines, traffic } = factsIn(database, config.clock);
  const temporal = connectTemporal(config);
  temporal.catch(() => undefined); // each look gets it again
  return {
    logger,
    ports: {
      traffic,
      modelVersions,
      pipelines,
      predictions: createPredictionLog(database),
      tallies: createTallies(database),
      store: createObjectStore(config),
      clock: createClock(config.clock),
      feed: createTrafficFeed(config.databaseUrl, { log: logger }),
      alerting: {
        alerts,
        pipelines,
        outbox: createOutbox(database),
        traces: createTraces(database),
        temporal: whenAsked<TemporalWatch>(async () => (await temporal).watch),
        schedules: whenAsked<Schedules>(async () => (await temporal).schedules),
        ...createChannels(config.alerts, environment),
      },
    },
    missingMigrations: () => missingMigrations(database),
    close: () => database.end(),
  };
}
