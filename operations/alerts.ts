import type { Alert, Alerts, ListedAlert } from '../core/alerts/alerts.ts';
import type { Delivery } from '../core/alerts/deliveries.ts';
import { UserError } from '../core/base/errors/errors.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { Clock } from '../core/time/clock.ts';
import { instant, type Instant } from '../core/time/time.ts';
import { acts, reads } from './door.ts';

const MOST_LISTED = 200;

export interface AlertPorts {
  pipelines: Pick<Pipelines, 'applied'>;
  alerts: Pick<Alerts, 'list' | 'deliveries' | 'get' | 'end' | 'silence' | 'acknowledge'>;
  clock: Pick<Clock, 'now'>;
}

/** People's actions on alerts. All of them work with Temporal down. */
export const createAlertOperations = ({ pipelines, alerts, clock }: AlertPorts) => ({
  /** Open ones, the worst first; with `all` also ended ones. */
  list: reads(async ({ pipeline, all = false }: Which = {}): Promise<ListedAlert[]> => {
    if (pipeline !== undefined) await pipelines.applied(pipeline);
    return alerts.list({ pipeline, all, limit: MOST_LISTED });
  }),

  /** Its recipients, and the result of each delivery. */
  deliveries: reads(async (id: string): Promise<Delivery[]> => alerts.deliveries((await alerts.get(id)).id)),

  /** Ends an alert by hand. If its cause persists, the next occurrence opens another. */
  resolve: acts(({ actor }) => async (id: string): Promise<Alert> => {
    const reason = 'resolved by hand';
    return alerts.end(id, { at: instant(clock.now()), by: actor.name, reason }, actor.from);
  }),

  /** Takes an open alert on: no repeats and no escalation until it gets worse. */
  acknowledge: acts(({ actor }) => async (id: string): Promise<Alert> => {
    const alert = await alerts.acknowledge(id, instant(clock.now()), actor.name, actor.from);
    if (alert.resolvedAt === null) return alert;
    throw new UserError(
      'REQUEST_INVALID',
      `Alert ${alert.id} is resolved since ${alert.resolvedAt}. Nothing was done.`,
    );
  }),

  /** Sends nothing about it, or later ones like it, until a time; it is still stored and listed. */
  silence: acts(({ actor }) => async (id: string, until: Instant): Promise<Alert> => {
    if (until > instant(clock.now())) return alerts.silence(id, until, actor.name, actor.from);
    throw new UserError('REQUEST_INVALID', `${until} has passed: it is ${instant(clock.now())}. Choose a later time.`);
  }),
});

interface Which {
  pipeline?: string | undefined;
  all?: boolean;
}
