import { asksToDecide } from '../../../core/alerts/alerts.ts';
import type { Route, Unaddressed } from '../../../core/alerts/manners.ts';
import type { Delivery, Outbox } from '../../../core/alerts/deliveries.ts';
import type { Target } from '../../../core/channels/index.ts';
import type { Instant } from '../../../core/time/time.ts';
import { transaction, type Database } from '../database.ts';
import type { PoolClient } from 'pg';

/** Of the tables alert_deliveries as `d`, alert_tellings as `t` and alerts as `a`. */
export const deliveryColumns = `d.id, t.alert, t.telling, coalesce(t.severity, a.severity) as severity, t.subject, t.text, t.facts, d.channel, d.target, d.attempts,
  d.created_at as "createdAt", d.last_error as "lastError", d.delivered_at as "deliveredAt", d.given_up_at as "givenUpAt"`;

/** A leased delivery is due again after this long, which is longer than any attempt takes. */
const LEASE = '2 minutes';

export function createOutbox(database: Database): Outbox {
  return {
    address: (route, now) =>
      transaction(database, async (client) => {
        const { rows: tellings } = await client.query<Omit<Unaddressed, 'heard'> & { id: number }>(
          `select t.id, coalesce(a.pipeline, t.pipeline) as pipeline, a.kind, coalesce(t.severity, a.severity) as severity,
             t.telling, t.step, coalesce(a.escalated, 0) as escalated,
             coalesce(a.silenced_until > $1, false) as silenced,
             case when a.kind = any ($2) then (
               select min(p.until) from approvals p join rollouts r on r.id = p.rollout
               where r.pipeline = a.pipeline and r.outcome is null and p.decision is null and p.expired_at is null
             ) end as "decideBy"
           from alert_tellings t left join alerts a on a.id = t.alert
           where not t.addressed and (t.held_until is null or t.held_until <= $1)
           order by coalesce(a.fingerprint in (
             select b.fingerprint from alert_tellings u join alerts b on b.id = u.alert
             where not u.addressed and u.severity = 'critical'
           ), false) desc, t.id limit 100 for no key update of t skip locked`,
          [now, asksToDecide],
        );
        let settled = 0;
        for (const { id, ...message } of tellings) {
          const heard = await heardBefore(client, id, now);
          if (heard === null) continue;
          const routed: Route = (await isOutdated(client, id, now))
            ? { targets: [] }
            : await route({ ...message, heard });
          for (const target of routed.targets) {
            await client.query(
              `insert into alert_deliveries (telling, channel, target) values ($1, $2, $3) on conflict do nothing`,
              [id, target.channel, target.target],
            );
            if (message.telling !== 'acknowledged') await supersede(client, id, target);
          }
          await client.query(
            `update alert_tellings set addressed = $2::timestamptz is null, held_until = coalesce($2, held_until),
               addressed_at = case when $2::timestamptz is null then $3::timestamptz end
             where id = $1`,
            [id, routed.waitUntil ?? null, now],
          );
          settled += 1;
        }
        return settled;
      }),

    async take(limit, channel) {
      const { rows } = await database.query<Delivery>(
        // Messages about an alert reach a target in order: "resolved" never overtakes "opened".
        `with due as (
           select d.id from alert_deliveries d
           where d.delivered_at is null and d.given_up_at is null and d.due_at <= now()
             and ($2::text is null or d.channel = $2) and not exists (
               select 1 from alert_deliveries e
               where e.fingerprint = d.fingerprint and e.channel = d.channel and e.target = d.target
                 and e.telling < d.telling and e.delivered_at is null and e.given_up_at is null)
           order by d.attempts > 0, d.urgent desc, d.due_at, d.telling limit $1 for no key update of d skip locked)
         update alert_deliveries d set attempts = d.attempts + 1, due_at = now() + interval '${LEASE}'
         from due, alert_tellings t left join alerts a on a.id = t.alert where d.id = due.id and t.id = d.telling
         returning ${deliveryColumns}`,
        [limit, channel ?? null],
      );
      return rows;
    },

    async delivered(id) {
      const { rows } = await database.query<Target>(
        `update alert_deliveries set delivered_at = now(), last_error = null where id = $1 and delivered_at is null
         returning channel, target`,
        [id],
      );
      if (!rows[0]) return;
      // By itself, and past rows that are being written: if this failed, what has arrived would be sent again.
      await database.query(
        `update alert_deliveries set due_at = now() where id in (
           select id from alert_deliveries
           where channel = $1 and target = $2 and delivered_at is null and given_up_at is null
             and last_error is not null and due_at > now() + interval '${LEASE}'
           for no key update skip locked)`,
        [rows[0].channel, rows[0].target],
      );
    },

    async failed(id, error, pauseMs) {
      await database.query(
        `update alert_deliveries set last_error = $2, due_at = now() + $3 * interval '1 millisecond',
           given_up_at = case when $4 then now() else given_up_at end
         where id = $1 and delivered_at is null`,
        [id, error, pauseMs ?? 0, pauseMs === null],
      );
    },

    async held(id, why, pauseMs) {
      await database.query(
        `update alert_deliveries set attempts = attempts - 1, last_error = coalesce(last_error, $2),
           due_at = now() + $3 * interval '1 millisecond'
         where id = $1 and delivered_at is null`,
        [id, why, pauseMs],
      );
    },

    async counts() {
      const { rows } = await database.query<{ warning: number; critical: number; waiting: number; givenUp: number }>(
        `select (select count(*) from alerts where resolved_at is null and severity = 'warning') as warning,
                (select count(*) from alerts where resolved_at is null and severity = 'critical') as critical,
                (select count(*) from alert_deliveries where delivered_at is null and given_up_at is null) as waiting,
                (select count(*) from alert_deliveries d join alert_tellings t on t.id = d.telling
                 where d.given_up_at is not null and t.telling <> 'test') as "givenUp"`,
      );
      const { warning, critical, waiting, givenUp } = rows[0]!;
      return { open: { warning, critical }, waiting, givenUp };
    },
  };
}

/**
 * What a message makes pointless that has not reached the same recipient yet: that its alert lasts is said once, and not
 * when it is over. Still told is what begins an escalation, or the alert for this recipient, as after a beginning that was
 * given up; and what is being sent for the first time. The message takes over failed attempts: these are all that shows
 * that the recipient cannot be reached.
 */
async function supersede(client: PoolClient, id: number, { channel, target }: Target): Promise<void> {
  await client.query(
    `with gone as (
       delete from alert_deliveries where id in (
         select d.id from alert_tellings n join alert_tellings t on t.alert = n.alert and t.id < n.id
           join alert_deliveries d on d.telling = t.id
         where n.id = $1 and t.telling = 'still' and not t.begins_escalation
           and d.channel = $2 and d.target = $3 and d.delivered_at is null and d.given_up_at is null
           and not (d.attempts > 0 and d.last_error is null and d.due_at > now())
           and exists (
             select from alert_tellings u join alert_deliveries e on e.telling = u.id
             where u.alert = t.alert and u.id < t.id and e.channel = $2 and e.target = $3 and e.given_up_at is null)
         for update of d skip locked)
       returning attempts, last_error)
     update alert_deliveries d set attempts = g.attempts, last_error = g.last_error
     from (select * from gone where last_error is not null order by attempts desc limit 1) g
     where d.telling = $1 and d.channel = $2 and d.target = $3 and d.attempts < g.attempts
       and d.delivered_at is null and d.given_up_at is null`,
    [id, channel, target],
  );
}

/** Who was sent messages about the alert of this one; null while another server addresses an earlier one. */
async function heardBefore(client: PoolClient, id: number, now: Instant): Promise<Target[] | null> {
  const { rows } = await client.query<Target | { channel: null }>(
    `select distinct d.channel, d.target
     from alert_tellings t join alert_tellings u on u.alert = t.alert left join alert_deliveries d on d.telling = u.id
     where t.id = $1 and u.id < t.id
       and (d.id is not null or (not u.addressed and (u.held_until is null or u.held_until <= $2)))`,
    [id, now],
  );
  const heard = rows.filter((row): row is Target => row.channel !== null);
  return heard.length < rows.length ? null : heard;
}

/**
 * Whether a message is not worth sending any more. Of an alert that another one explains, or that is silenced or taken
 * on by now, people need not hear. Of what has waited for the end of quiet hours one message is sent about each alert
 * that is still open, unless a newer one was sent, and news. An end is not, once people heard that the same is back.
 */
async function isOutdated(client: PoolClient, id: number, now: Instant): Promise<boolean> {
  const { rows } = await client.query<{ outdated: boolean }>(
    `select case when t.telling in ('resolved', 'acknowledged')
         then exists (
           select 1 from alert_tellings u join alerts b on b.id = u.alert join alert_deliveries d on d.telling = u.id
           where b.fingerprint = a.fingerprint and b.id <> a.id and u.id > t.id)
         else a.under is not null or a.acknowledged_at is not null or coalesce(a.silenced_until > $2, false)
           or (t.held_until is not null and ((a.resolved_at is not null and a.severity <> 'info') or exists (
             select 1 from alert_tellings u join alert_deliveries d on d.telling = u.id
             where u.alert = t.alert and u.id <> t.id and u.telling not in ('resolved', 'acknowledged')
               and (u.id > t.id or u.held_until = t.held_until))))
       end as outdated
     from alert_tellings t join alerts a on a.id = t.alert where t.id = $1`,
    [id, now],
  );
  return rows[0]?.outdated ?? false;
}
