import { INSTALLATION_COOLDOWN } from '../../core/alerts/alerts.ts';
import { CAUSE_GRACE } from '../../core/alerts/causes.ts';
import { digestOf } from '../../core/alerts/digest.ts';
import { type InstalledManners } from '../../core/alerts/installed.ts';
import { digestDue, stepsDue } from '../../core/alerts/manners.ts';
import { type Reminders } from '../../core/alerts/reminders.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { type Notifications } from '../../core/declaration/notifications.ts';
import { type PipelineRef } from '../../core/declaration/pipeline.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type Clock } from '../../core/time/clock.ts';
import { after, before, instant, SECOND, type Instant } from '../../core/time/time.ts';
import { type Log } from '../shipping/spool.ts';

export interface RemindingParts {
  reminders: Reminders;
  pipelines: Pick<Pipelines, 'list' | 'applied'>;
  declared: (ref: PipelineRef) => Promise<Notifications>;
  clock: Clock;
  log: Log;
  /** What the installation sets for its own alerts, and for pipelines that declare nothing of it. */
  installed?: InstalledManners;
}

/** A thousand pipelines are listed no more often than this. */
const DIGESTS_EVERY = 10 * SECOND;

/** Writes the messages that come with time: alerts that outlived their cause, escalations, digests. */
export function createReminding({ reminders, pipelines, declared, clock, log, installed = {} }: RemindingParts) {
  const complaints = new Map<string, string>();
  /** The newest digest of each pipeline, and of the installation (null), that this process knows to be written. */
  const written = new Map<string | null, Instant>();
  let digestsAt = 0;

  /** What came back within its cooldown, and may never happen again, like a rollout that waits for a person. */
  async function tellReturned(now: Instant): Promise<void> {
    for (const alert of await reminders.returned(now)) {
      const own = alert.pipeline === null ? null : await readSafely(await pipelines.applied(alert.pipeline));
      const cooldown = own?.cooldown ?? INSTALLATION_COOLDOWN;
      if (after(alert.toldAt!, cooldown) <= now) await reminders.tellReturned(alert, now);
    }
  }

  async function escalate(now: Instant): Promise<void> {
    for (const alert of await reminders.unacknowledged(now)) {
      const own = alert.pipeline === null ? null : await readSafely(await pipelines.applied(alert.pipeline));
      const steps = own?.escalate ?? installed.escalate;
      const due = stepsDue(steps, alert.sentAt, now);
      if (due > alert.escalated) await reminders.escalate(alert, due);
    }
  }

  async function digest(pipeline: string | null, when: Notifications['digest'], now: Instant): Promise<void> {
    const due = when ? digestDue(when, now) : null;
    if (due === null || written.get(pipeline) === due) return;
    await reminders.digest(pipeline, due, (period, alerts) => digestOf(pipeline, period, alerts));
    written.set(pipeline, due);
  }
  /** An unreadable declaration must not hide the others. A new reason is logged. */
  async function readSafely(ref: PipelineRef): Promise<Notifications | null> {
    try {
      return await declared(ref);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (complaints.get(ref.name) !== messageOf(error))
        log.warn(`who gets the alerts of ${ref.name} is unknown: ${messageOf(error)}`);
      complaints.set(ref.name, messageOf(error));
      return null;
    }
  }

  return {
    async look(): Promise<void> {
      const now = instant(clock.now());
      await reminders.release(before(now, CAUSE_GRACE), now);
      await tellReturned(now);
      await escalate(now);
      if (Date.now() - digestsAt < DIGESTS_EVERY) return;
      await digest(null, installed.digest, now);
      for (const ref of await pipelines.list()) await digest(ref.name, (await readSafely(ref))?.digest, now);
      digestsAt = Date.now();
    },
  };
}
