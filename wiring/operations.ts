import { createClock } from '../adapters/machine/clock.ts';
import { patiently, type Patience } from '../adapters/machine/patience.ts';
import { createAudit } from '../adapters/postgres/audit.ts';
import { createCrowd } from '../adapters/postgres/crowd.ts';
import { connect, isStartingUp, unreachable } from '../adapters/postgres/database.ts';
import { createProfiles } from '../adapters/postgres/data/profiles.ts';
import { createPredictionLog } from '../adapters/postgres/predictions/prediction-log.ts';
import { connectionOptions } from '../adapters/temporal/connection/connection-options.ts';
import type { Actor } from '../core/access/actor.ts';
import type { Config } from '../core/base/settings/config.ts';
import type { ObjectStore } from '../core/data/objects/objects.ts';
import { createOperations, type Operations } from '../operations/index.ts';
import { factsIn } from './facts.ts';
import type { connectTemporal } from './temporal.ts';
import { whenAsked } from './when-asked.ts';

/**
 * Makes operations, with their own small pool (PERENNIAL_CONSOLE_CONNECTIONS). Nothing connects before its first use, so
 * a server starts with everything down; `check` throws when Perennial's database does not answer. Most commands use
 * neither Temporal nor the object store, so the clients of both load on first use: they would double the time of a
 * command.
 */
export async function connectOperations(config: Config, patience: Patience = {}) {
  const database = connect(config.databaseUrl, { connections: config.consoleConnections });
  await connectionOptions(config.temporal); // reports missing files at once
  let temporal: ReturnType<typeof connectTemporal> | undefined;
  const reach = () => (temporal ??= import('./temporal.ts').then((loaded) => loaded.connectTemporal(config, patience)));
  const operations = createOperations({
    ...factsIn(database, config.clock),
    audit: createAudit(database),
    clock: createClock(config.clock),
    crowd: createCrowd(database),
    drawDriftReport: async (report) =>
      (await import('../activities/steps/computations.ts')).computations.driftReport(report),
    desk: whenAsked(async () => (await reach()).desk),
    experimentRuns: whenAsked(async () => (await reach()).experimentRuns),
    log: createPredictionLog(database),
    loop: whenAsked(async () => (await reach()).loop),
    profiles: createProfiles(database),
    rolloutRuns: whenAsked(async () => (await reach()).rolloutRuns),
    runs: whenAsked(async () => (await reach()).runs),
    schedules: whenAsked(async () => (await reach()).schedules),
    store: whenAsked<Pick<ObjectStore, 'get' | 'put'>>(async () =>
      (await import('../adapters/objects/object-store.ts')).createObjectStore(config),
    ),
  });
  return {
    operations,
    async check(): Promise<void> {
      await database.query('select 1').catch((error: unknown) => {
        throw unreachable(database, error);
      });
    },
    async close(): Promise<void> {
      await (await temporal)?.close();
      await database.end();
    },
  };
}

/** An actor's operations, once the database answers; `close` disconnects. */
export async function reachOperations(
  config: Config,
  actor: Actor,
  patience: Patience = {},
): Promise<{ operations: Operations; close(): Promise<void> }> {
  const { operations, check, close } = await connectOperations(config, patience);
  const hopeless = (error: unknown): boolean => !isStartingUp(error);
  await patiently({ ...patience, what: 'Postgres', ask: check, hopeless }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { operations: operations.as(actor), close };
}
