import {
  isSilenced,
  MOST_LISTED,
  type Alert,
  type AlertKind,
  type Alerts,
  type ListedAlert,
  type Severity,
} from '../core/alerts/alerts.ts';
import { BY_HAND, withSent, type AlertsTold, type AlertStory, type Sent } from '../core/alerts/sent.ts';
import { UserError } from '../core/base/errors/errors.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { Clock } from '../core/time/clock.ts';
import { after, durationPattern, instant, shortTime, type Instant } from '../core/time/time.ts';
import { acts, reads } from './door.ts';
import { recipientsOf, type Recipient, type RecipientPorts } from './recipients.ts';

export interface AlertPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declared'>;
  reaches: RecipientPorts['reaches'];
  alerts: Pick<Alerts, 'list' | 'get' | 'end' | 'silence' | 'unsilence' | 'acknowledge'>;
  alertsTold: AlertsTold;
  clock: Pick<Clock, 'now'>;
}

/**
 * An alert as people see it: `told`, `toldAt` and `toldSeverity` are of messages that arrived, and `silencedUntil` is null
 * once it has passed.
 */
export type AlertLine = ListedAlert & {
  sent: Sent;
  /** How many get such alerts now; null: it is not known, or did not matter, since somebody was sent a message. */
  recipients: number | null;
};
export type AlertDetails = AlertLine & Omit<AlertStory, 'heldUntil'>;

/** People's actions on alerts. All of them work with Temporal down. */
export const createAlertOperations = ({ pipelines, alerts, alertsTold, reaches, clock }: AlertPorts) => {
  const now = (): Instant => instant(clock.now());
  const asSilenced = <A extends Alert>(alert: A): A =>
    isSilenced(alert, now()) ? alert : { ...alert, silencedUntil: null };
  const asTold = async (alert: Alert): Promise<Alert & { sent: Sent }> =>
    withSent(asSilenced(alert), (await alertsTold.sent([alert.id])).get(alert.id));

  /** Of those that nobody was sent a message about. */
  async function withRecipients<A extends Alert & { sent: Sent }>(told: readonly A[]) {
    const unsent = told.filter(({ sent }) => sent.arrived + sent.waiting + sent.failing.length === 0);
    const known = await recipientsOf({ pipelines, reaches }, unsent.map(({ pipeline }) => pipeline)); // prettier-ignore
    return told.map((alert) => ({
      ...alert,
      recipients: unsent.includes(alert) ? (known.get(alert.pipeline)?.length ?? null) : null,
    }));
  }

  return {
    /** Who gets the alerts of a pipeline; null: no server has said yet whom the installation tells. */
    recipients: reads(async (pipeline: string): Promise<Recipient[] | null> => {
      await pipelines.applied(pipeline);
      return (await recipientsOf({ pipelines, reaches }, [pipeline])).get(pipeline) ?? null;
    }),

    /** Open ones, the worst first; with `all` also ended ones, with `silenced` only those that are, also ended ones. */
    list: reads(
      async ({ pipeline, all = false, kind, severity, silenced = false }: Which = {}): Promise<AlertLine[]> => {
        if (pipeline !== undefined) await pipelines.applied(pipeline);
        const silencedAt = silenced ? now() : undefined;
        const listed = await alerts.list({ pipeline, all, kind, severity, silencedAt, limit: MOST_LISTED });
        const sent = await alertsTold.sent(listed.map(({ id }) => id));
        return withRecipients(listed.map((alert) => withSent(asSilenced(alert), sent.get(alert.id))));
      },
    ),

    /** All that is known of it: what people did, and who was told, by which channel and when. */
    show: reads(async (id: string): Promise<AlertDetails> => {
      const alert = await alerts.get(id);
      const [told, story] = await Promise.all([asTold(alert), alertsTold.storyOf(alert)]);
      return { ...(await withRecipients([told]))[0]!, ...story };
    }),

    /** Ends an alert by hand. If its cause persists, the next occurrence opens another. */
    resolve: acts(({ actor }) => async (id: string, why?: string): Promise<Alert> => {
      const reason = why ? `${BY_HAND}: ${why}` : BY_HAND;
      return asTold(await alerts.end(id, { at: now(), by: actor.name, reason }, actor.from));
    }),

    /** Takes an open alert on: no repeats and no escalation until it gets worse. */
    acknowledge: acts(({ actor }) => async (id: string, why?: string): Promise<Alert> => {
      const alert = await alerts.acknowledge(id, now(), actor.name, actor.from, why);
      if (alert.resolvedAt === null) return asTold(alert);
      throw new UserError(
        'REQUEST_INVALID',
        `Alert ${alert.id} is resolved since ${alert.resolvedAt}. Nothing was done.`,
      );
    }),

    /** Sends nothing about it, or later ones like it, until a moment or for a duration; it is still stored and listed. */
    silence: acts(({ actor }) => async (id: string, end: string, why?: string): Promise<Alert> => {
      const until = durationPattern.test(end) ? after(now(), end) : end;
      if (until > now()) return asTold(await alerts.silence(id, until, actor.name, actor.from, why));
      throw new UserError(
        'REQUEST_INVALID',
        `${shortTime(until)} has passed: it is ${shortTime(now())}. Choose a later time. To end a silence: perennial alerts unsilence ID`,
      );
    }),

    /** If it lasts, people hear of it at once. */
    unsilence: acts(({ actor }) => async (id: string, why?: string): Promise<Alert> => {
      const alert = await alerts.get(id);
      if (isSilenced(alert, now())) return asTold(await alerts.unsilence(id, now(), actor.name, actor.from, why));
      throw new UserError(
        'REQUEST_INVALID',
        `Alert ${alert.id} is not silenced. Nothing was done. To see which are: perennial alerts --silenced`,
      );
    }),
  };
};

interface Which {
  pipeline?: string | undefined;
  all?: boolean;
  kind?: AlertKind | undefined;
  severity?: Severity | undefined;
  silenced?: boolean;
}
