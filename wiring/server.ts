import { createChannels } from '../adapters/channels/index.ts';
import { createClock } from '../adapters/machine/clock.ts';
import { diskUse } from '../adapters/machine/disk.ts';
import { createLog } from '../adapters/machine/log.ts';
import { createObjectStore } from '../adapters/objects/object-store.ts';
import { connect } from '../adapters/postgres/database.ts';
import { createDisks } from '../adapters/postgres/disks.ts';
import { createOutbox } from '../adapters/postgres/alerts/outbox.ts';
import { createReaches } from '../adapters/postgres/alerts/reach.ts';
import { createCrowd } from '../adapters/postgres/crowd.ts';
import { hidingGatesInMessages } from '../adapters/postgres/alerts/quoted-gates.ts';
import { createReminders } from '../adapters/postgres/alerts/reminders.ts';
import { countUncounted } from '../adapters/postgres/predictions/uncounted.ts';
import { createPredictionLog } from '../adapters/postgres/predictions/prediction-log.ts';
import { createOutcomes } from '../adapters/postgres/experiments/outcomes.ts';
import { createNewestData } from '../adapters/postgres/data/newest-data.ts';
import { createSentLabels } from '../adapters/postgres/data/sent-labels.ts';
import { missingMigrations } from '../adapters/postgres/schema.ts';
import { createTraces } from '../adapters/postgres/alerts/traces.ts';
import { createTallies } from '../adapters/postgres/rollout/tallies.ts';
import { createRolloutCounts } from '../adapters/postgres/rollout/rollout-counts.ts';
import { createFleetFacts } from '../adapters/postgres/fleet-facts.ts';
import { createFeed } from '../adapters/postgres/feed.ts';
import { KEYS_CHANNEL } from '../adapters/postgres/access/keys.ts';
import { TRAFFIC_CHANNEL } from '../adapters/postgres/rollout/traffic.ts';
import type { OidcSettings } from '../core/access/oidc.ts';
import type { SignIn } from '../core/access/sign-in.ts';
import type { Config } from '../core/base/settings/config.ts';
import type { Schedules } from '../core/runs/schedules.ts';
import type { TemporalWatch } from '../core/runs/watch.ts';
import { factsIn } from './facts.ts';
import type { Environment } from './settings.ts';
import type { connectTemporal } from './temporal.ts';
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
  const { alerts, apiKeys, automationLedger, modelVersions, pipelines, traffic } = factsIn(database, config.clock);
  const feed = createFeed(config.databaseUrl, [TRAFFIC_CHANNEL, KEYS_CHANNEL], { log: logger });
  let connected: ReturnType<typeof connectTemporal> | undefined; // if it failed, each look gets that again
  const temporal = () => (connected ??= import('./temporal.ts').then((loaded) => loaded.connectTemporal(config)));
  return {
    logger,
    ports: {
      traffic,
      modelVersions,
      pipelines,
      predictions: createPredictionLog(database),
      tallies: createTallies(database),
      rolloutCounts: createRolloutCounts(database),
      fleetFacts: createFleetFacts(database),
      newestData: createNewestData(database),
      automationLedger,
      labels: createSentLabels(database),
      outcomes: createOutcomes(database),
      store: createObjectStore(config),
      clock: createClock(config.clock),
      feed: {
        subscribe: (changed: (pipeline: string | null) => void) => feed.subscribe(TRAFFIC_CHANNEL, changed),
        close: () => feed.close(),
      },
      storedKeys: apiKeys,
      people: config.oidc && { groups: config.oidc.groups, signIn: signInBy(config.oidc) },
      keyFeed: { subscribe: (changed: () => void) => feed.subscribe(KEYS_CHANNEL, changed) },
      alerting: {
        alerts,
        pipelines,
        outbox: hidingGatesInMessages(createOutbox(database), { pipelines, crowd: createCrowd(database) }),
        reminders: createReminders(database),
        reaches: createReaches(database),
        disk: () => diskUse(config.dataFolder),
        disks: createDisks(database),
        uncounted: () => countUncounted(database),
        traces: createTraces(database),
        temporal: whenAsked<TemporalWatch>(async () => (await temporal()).watch),
        schedules: whenAsked<Schedules>(async () => (await temporal()).schedules),
        installed: config.alerts.installed,
        ...createChannels(config.alerts, environment),
      },
    },
    missingMigrations: () => missingMigrations(database),
    close: () => database.end(),
  };
}

/** Its client is loaded by the first person who signs in. */
function signInBy(settings: OidcSettings): SignIn {
  let made: Promise<SignIn> | undefined;
  return whenAsked<SignIn>(
    () => (made ??= import('../adapters/openid/sign-in.ts').then(({ createSignIn }) => createSignIn(settings))),
  );
}
