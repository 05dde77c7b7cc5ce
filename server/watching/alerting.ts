import { openSeverities } from '../../core/alerts/alerts.ts';
import { type AlertCounts } from '../../core/alerts/deliveries.ts';
import { createDeliveries, type Deliveries, type DeliveriesParts } from './deliveries.ts';
import { isFirst, type Place } from '../processes/place.ts';
import { createReaching, type ReachingParts } from './reaching.ts';
import { watchdogMetrics } from './metrics/watchdog-metrics.ts';
import { createWatchdog, type Watchdog, type WatchdogParts } from './watchdog.ts';
import { type FastifyInstance } from 'fastify';
import { Counter, Gauge, type Registry } from 'prom-client';

/** The ports of the watchdog and the deliveries, besides those the server has anyway. */
export type AlertingParts = Pick<
  DeliveriesParts,
  'outbox' | 'reminders' | 'channels' | 'always' | 'installed' | 'pipelines'
> &
  Pick<
    WatchdogParts,
    'temporal' | 'schedules' | 'traces' | 'pipelines' | 'machine' | 'alerts' | 'disk' | 'disks' | 'uncounted'
  > &
  Pick<ReachingParts, 'reaches' | 'lacks' | 'mail'> & {
    watchEveryMs?: number;
    deliverEveryMs?: number;
  };

export interface Alerting {
  watchdog: Watchdog;
  deliveries: Deliveries;
}

/** Watches and delivers while the app runs; of a server's processes the first does, and the others report lost predictions. */
export function alerting(
  app: FastifyInstance,
  parts: AlertingParts,
  {
    place,
    ...server
  }: Pick<WatchdogParts, 'clock' | 'spool' | 'models' | 'breakers' | 'windows' | 'database' | 'replica' | 'log'> & {
    place: Place;
  },
  registry: Registry,
): Alerting {
  const { watchEveryMs: watchEvery, deliverEveryMs: deliverEvery } = parts;
  const first = isFirst(place);
  const watchdog = createWatchdog({
    ...parts,
    ...server,
    onlyOwn: !first,
    ...(watchEvery !== undefined && { everyMs: watchEvery }),
  });
  const attempts = new Counter({
    name: 'perennial_alert_delivery_attempts_total',
    help: 'Attempts to deliver an alert message, by channel and outcome: delivered, failed (tried again) or given up.',
    labelNames: ['channel', 'outcome'],
    registers: [registry],
  });
  const deliveries = createDeliveries({
    ...parts,
    attempted: (channel, outcome) => attempts.inc({ channel, outcome }),
    clock: server.clock,
    log: server.log,
    ...(deliverEvery !== undefined && { everyMs: deliverEvery }),
  });
  const reaching = createReaching({ ...parts, ...server });
  if (first) {
    addGauges(registry, () => deliveries.counts);
    watchdogMetrics(registry, watchdog.seen, parts.disk);
  }
  app.addHook('onReady', (done) => {
    watchdog.start();
    if (first) {
      deliveries.start();
      reaching.start();
    }
    done();
  });
  app.addHook('onClose', async () => {
    await Promise.all([watchdog.stop(), deliveries.stop(), reaching.stop()]);
  });
  return { watchdog, deliveries };
}

/** Counted once per round for all readers; NaN while the database does not answer. */
function addGauges(registry: Registry, counts: () => AlertCounts | null): void {
  new Gauge({
    name: 'perennial_alerts_open',
    help: 'Open alerts of the installation by severity; NaN while the database does not answer.',
    labelNames: ['severity'],
    registers: [registry],
    collect() {
      for (const severity of openSeverities) this.set({ severity }, counts()?.open[severity] ?? NaN);
    },
  });
  new Gauge({
    name: 'perennial_alert_deliveries',
    help: 'Undelivered alert messages: waiting for their next attempt, or given up.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.set({ state: 'waiting' }, counts()?.waiting ?? NaN);
      this.set({ state: 'given up' }, counts()?.givenUp ?? NaN);
    },
  });
}
