import { escalate, isSilenced, release, type Alert } from '../../../core/alerts/alerts.ts';
import type { Reminders } from '../../../core/alerts/reminders.ts';
import type { Instant } from '../../../core/time/time.ts';
import { transaction, type Database } from '../database.ts';
import { causeFor } from './grouping.ts';
import { columns, onFingerprint, save, tell } from './rows.ts';

/** A message that was sent, or is yet to be: not discarded, as is one whose alert was silenced or explained by then. */
const reaches = `(not t.addressed or exists (select 1 from alert_deliveries d where d.telling = t.id))`;

/**
 * Open alerts that are not silenced, whose cause ($1: until when it has ended) or silence ($2: now) is over. `heard`:
 * something about it was sent, and `heardWorst`: that it is critical, if it is; `unheard`: nobody has taken it on, and one
 * of these is not so, or nothing was sent since the silence.
 */
const freed = `(
  select a.id, a.fingerprint, a.pipeline, h.heard, h.worst as "heardWorst",
    a.acknowledged_at is null and (s.unheard or not h.heard or not h.worst) as unheard
  from alerts a left join alerts c on c.id = a.under,
    lateral (select coalesce(a.silenced_until > a.opened_at and (a.told_at is null or a.told_at < a.silenced_until), false) as unheard) s,
    lateral (
      select coalesce(bool_or(${reaches}), false) as heard,
        a.severity <> 'critical' or (a.told_severity = 'critical' and coalesce(
          (array_agg(${reaches} order by t.id desc) filter (where t.begins_escalation))[1], true)) as worst
      from alert_tellings t where t.alert = a.id) h
  where a.resolved_at is null and (a.silenced_until is null or a.silenced_until <= $2)
    and (c.id is null or c.resolved_at <= $1)
    and (c.id is not null or (s.unheard and a.acknowledged_at is null))) as freed`;

/** How many of its declared steps were told: a step whose message was discarded is due again. */
const stepsTold = `
  select coalesce(min(t.step), $2) as escalated from alert_tellings t
  where t.alert = $1 and t.telling = 'escalated' and t.step < $2 and not ${reaches}
    and t.id > (select max(b.id) from alert_tellings b where b.alert = $1 and b.begins_escalation)`;

/** What people are told without a new occurrence. Several servers look, and each message is written once. */
export function createReminders(database: Database): Reminders {
  return {
    async release(since, at) {
      const { rows } = await database.query<Pick<Alert, 'fingerprint' | 'pipeline'>>(
        `select fingerprint, pipeline from ${freed}`,
        [since, at],
      );
      for (const alert of rows)
        await onFingerprint(database, alert, async (client, newest) => {
          const { rows: now } = await client.query<{ unheard: boolean; heard: boolean; heardWorst: boolean }>(
            `select unheard, heard, "heardWorst" from ${freed} where id = $3`,
            [since, at, newest?.id],
          );
          if (newest === null || !now[0]) return; // another server was faster
          const under = await causeFor(client, newest, null);
          if (under !== null) return save(client, { ...newest, under });
          if (!now[0].unheard) {
            const { rows: told } = await client.query<Pick<Alert, 'escalated'>>(stepsTold, [
              newest.id,
              newest.escalated,
            ]);
            return save(client, { ...newest, under, escalated: told[0]!.escalated });
          }
          const { alert, telling } = release(newest, at, now[0]);
          await save(client, alert);
          await tell(client, alert, telling);
        });
      return rows.length;
    },

    async returned(at) {
      const { rows } = await database.query<Alert>(
        `select ${columns} from alerts a
         where a.resolved_at is null and not a.told and a.told_at is not null and a.under is null
           and a.acknowledged_at is null and (a.silenced_until is null or a.silenced_until <= $1)
         order by a.opened_at, a.id`,
        [at],
      );
      return rows;
    },

    async tellReturned(known, at) {
      await onFingerprint(database, known, async (client, newest) => {
        if (newest?.id !== known.id || newest.resolvedAt !== null || newest.told) return;
        if (newest.under !== null || newest.acknowledgedAt !== null || isSilenced(newest, at)) return;
        const { alert, telling } = release(newest, at, { heard: false, heardWorst: true });
        await save(client, alert);
        await tell(client, alert, telling);
      });
    },

    async unacknowledged(at) {
      const { rows } = await database.query<Alert & { sentAt: Instant }>(
        `select ${columns}, coalesce(b.at, a.critical_since) as "sentAt"
         from alerts a, lateral (
           select max(t.addressed_at) as at, bool_or(not t.addressed) as waits from alert_tellings t
           where t.alert = a.id and t.begins_escalation) b
         where a.resolved_at is null and a.severity = 'critical' and a.critical_since is not null and b.waits is not true
           and a.under is null and a.acknowledged_at is null and (a.silenced_until is null or a.silenced_until <= $1)
         order by a.opened_at, a.id`,
        [at],
      );
      return rows;
    },

    async escalate(known, steps) {
      await onFingerprint(database, known, async (client, newest) => {
        // Since it was read it may have become critical anew, which steps count from, or a cause may have explained it.
        if (newest?.id !== known.id || newest.criticalSince !== known.criticalSince || newest.under !== null) return;
        const { alert, told } = escalate(newest, steps);
        if (told.length === 0) return;
        await save(client, alert);
        for (const step of told) await tell(client, alert, 'escalated', { step });
      });
    },

    digest: (pipeline, at, compose) =>
      transaction(database, async (client) => {
        const { rows: made } = await client.query<{ at: string | null }>(
          'select max(at) as at from alert_digests where pipeline is not distinct from $1',
          [pipeline],
        );
        const from = made[0]!.at;
        if (from !== null && from >= at) return;
        const { rowCount } = await client.query(
          'insert into alert_digests (pipeline, at) values ($1, $2) on conflict do nothing',
          [pipeline, at],
        );
        if (rowCount === 0 || from === null) return;
        const { rows } = await client.query<Alert>(
          `select ${columns} from alerts a
           where a.pipeline is not distinct from $1 and a.opened_at <= $3
             and (a.resolved_at is null or a.resolved_at > $2)
           order by a.opened_at, a.id`,
          [pipeline, from, at],
        );
        const message = compose({ from, to: at }, rows);
        if (message)
          await client.query(
            `insert into alert_tellings (pipeline, telling, subject, text, severity)
             values ($1, 'digest', $2, $3, $4)`,
            [pipeline, message.subject, message.text, message.severity],
          );
      }),
  };
}
