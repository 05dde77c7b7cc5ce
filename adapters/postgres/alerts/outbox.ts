import type { Severity } from '../../../core/alerts/alerts.ts';
import type { Delivery, Outbox } from '../../../core/alerts/deliveries.ts';
import { transaction, type Database } from '../database.ts';

export const deliveryColumns = `d.id, t.alert, t.telling, t.subject, t.text, d.channel, d.target, d.attempts,
  d.created_at as "createdAt", d.last_error as "lastError", d.delivered_at as "deliveredAt", d.given_up_at as "givenUpAt"`;

/** A leased delivery is due again after this long, which is longer than any attempt takes. */
const LEASE = '2 minutes';

export function createOutbox(database: Database): Outbox {
  return {
    address: (targetsOf) =>
      transaction(database, async (client) => {
        const { rows: tellings } = await client.query<{ id: number; pipeline: string | null }>(
          `select t.id, a.pipeline from alert_tellings t join alerts a on a.id = t.alert
           where not t.addressed order by t.id limit 100 for no key update of t skip locked`,
        );
        let made = 0;
        for (const { id, pipeline } of tellings) {
          for (const { channel, target } of await targetsOf(pipeline)) {
            const { rowCount } = await client.query(
              `insert into alert_deliveries (telling, channel, target) values ($1, $2, $3) on conflict do nothing`,
              [id, channel, target],
            );
            made += rowCount ?? 0;
          }
          await client.query('update alert_tellings set addressed = true where id = $1', [id]);
        }
        return made;
      }),

    async take(limit) {
      const { rows } = await database.query<Delivery>(
        // Messages about an alert reach a target in order: "resolved" never overtakes "opened".
        `with due as (
           select d.id from alert_deliveries d join alert_tellings t on t.id = d.telling join alerts a on a.id = t.alert
           where d.delivered_at is null and d.given_up_at is null and d.due_at <= now()
             and not exists (
               select 1 from alert_deliveries e join alert_tellings u on u.id = e.telling join alerts b on b.id = u.alert
               where b.fingerprint = a.fingerprint and e.channel = d.channel and e.target = d.target
                 and e.telling < d.telling and e.delivered_at is null and e.given_up_at is null)
           order by d.due_at, d.telling limit $1 for no key update of d skip locked)
         update alert_deliveries d set attempts = d.attempts + 1, due_at = now() + interval '${LEASE}'
         from due, alert_tellings t where d.id = due.id and t.id = d.telling
         returning ${deliveryColumns}`,
        [limit],
      );
      return rows;
    },

    async delivered(id) {
      await database.query(
        'update alert_deliveries set delivered_at = now(), last_error = null where id = $1 and delivered_at is null',
        [id],
      );
    },

    async failed(id, error, pauseMs) {
      await database.query(
        `update alert_deliveries set last_error = $2, due_at = now() + $3 * interval '1 millisecond',
           given_up_at = case when $4 then now() end
         where id = $1 and delivered_at is null`,
        [id, error, pauseMs ?? 0, pauseMs === null],
      );
    },

    async counts() {
      const { rows } = await database.query<{ warning: number; critical: number; waiting: number; givenUp: number }>(
        `select (select count(*) from alerts where resolved_at is null and severity = 'warning') as warning,
                (select count(*) from alerts where resolved_at is null and severity = 'critical') as critical,
                (select count(*) from alert_deliveries where delivered_at is null and given_up_at is null) as waiting,
                (select count(*) from alert_deliveries where given_up_at is not null) as "givenUp"`,
      );
      const { warning, critical, waiting, givenUp } = rows[0]!;
      return { open: { warning, critical } satisfies Record<Severity, number>, waiting, givenUp };
    },
  };
}
