import type { Config } from '../core/base/config.ts';
import type { Schedules } from '../core/runs/schedules.ts';
import type { TemporalWatch } from '../core/runs/watch.ts';
import { createChannels } from './channels/index.ts';
import { createAlerts } from './postgres/alerts.ts';
import type { Database } from './postgres/database.ts';
import { createOutbox } from './postgres/outbox.ts';
import { createPipelines } from './postgres/pipelines.ts';
import { createTraces } from './postgres/traces.ts';
import { createTemporalClient } from './temporal/connection.ts';
import { createSchedules } from './temporal/schedules.ts';
import { createTemporalWatch } from './temporal/watch.ts';
import { whenAsked } from './when-asked.ts';

/**
 * Everything the server's watchdog and deliveries need. Nothing connects before the first look, and the watchdog
 * reports a Temporal that cannot even be asked: it must not prevent the server's start. The connection ends with the
 * process: if it closed while a call waits to retry, the client would throw where nobody can catch it.
 */
export function connectAlerting(config: Config, database: Database, environment: Record<string, string | undefined>) {
  const client = createTemporalClient(config.temporal);
  const watch = client.then((connected) => createTemporalWatch(connected, config.temporal));
  const schedules = client.then((connected) =>
    createSchedules(connected, config.temporal, { paused: config.clock !== undefined }),
  );
  for (const each of [watch, schedules]) each.catch(() => undefined); // each look meets it again
  return {
    alerts: createAlerts(database),
    outbox: createOutbox(database),
    pipelines: createPipelines(database),
    traces: createTraces(database),
    temporal: whenAsked<TemporalWatch>(() => watch),
    schedules: whenAsked<Schedules>(() => schedules),
    ...createChannels(config.alerts, environment),
  };
}
