import type { Alert } from '../core/alerts/alerts.ts';
import type { Delivery } from '../core/alerts/deliveries.ts';
import { UserError } from '../core/base/errors.ts';
import { instant, type Instant } from '../core/time/time.ts';
import type { OperationPorts } from './ports.ts';

const MOST_LISTED = 200;

/** What people do about alerts. All of it works with Temporal down. */
export const createAlertOperations = ({ pipelines, alerts, clock }: OperationPorts) => ({
  /** Open ones, the worst first; with `all` also those that have ended. */
  async list({ pipeline, all = false }: { pipeline?: string | undefined; all?: boolean } = {}): Promise<Alert[]> {
    if (pipeline !== undefined) await pipelines.applied(pipeline);
    return alerts.list({ pipeline, all, limit: MOST_LISTED });
  },

  /** Who was told of it, and what came of that. */
  async deliveries(id: string): Promise<Delivery[]> {
    return alerts.deliveries((await alerts.get(id)).id);
  },

  /** Ends an alert by hand. If its cause goes on, its next occurrence opens another. */
  async resolve(id: string, by: string): Promise<Alert> {
    return alerts.end(id, { at: instant(clock.now()), by, reason: 'somebody took care of it' });
  },

  /** Tells nobody of it, nor of those like it that come after, until a moment; it is still written down and listed. */
  async silence(id: string, until: Instant, by: string): Promise<Alert> {
    if (until > instant(clock.now())) return alerts.silence(id, until, by);
    throw new UserError(
      'REQUEST_INVALID',
      `${until} has passed: it is ${instant(clock.now())}. Silence until a later moment.`,
    );
  },
});
