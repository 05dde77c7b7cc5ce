import { escalate, release, type Alert } from '../../../core/alerts/alerts.ts';
import type { Reminders } from '../../../core/alerts/reminders.ts';
import { transaction, type Database } from '../database.ts';
import { columns, onFingerprint, save, tell } from './rows.ts';

/**
 * Open alerts, neither explained nor silenced nor taken on any more, that nobody was told about because of their cause
 * ($1: until when it has ended) or of their silence ($2: now).
 */
const unheard = `alerts a left join alerts c on c.id = a.under
  where a.resolved_at is null and a.acknowledged_at is null and (a.silenced_until is null or a.silenced_until <= $2)
    and (c.id is null or c.resolved_at <= $1)
    and ((c.id is not null and not a.told)
      or (a.silenced_until > a.opened_at and (a.told_at is null or a.told_at < a.silenced_until)))`;

/** What people are told without a new occurrence. Several servers look, and each message is written once. */
export function createReminders(database: Database): Reminders {
  return {
    async release(since, at) {
      const { rows } = await database.query<Pick<Alert, 'fingerprint'>>(`select a.fingerprint from ${unheard}`, [
        since,
        at,
      ]);
      for (const { fingerprint } of rows)
        await onFingerprint(database, fingerprint, async (client, newest) => {
          // Another server may have been faster.
          const { rowCount } = await client.query(`select 1 from ${unheard} and a.id = $3`, [since, at, newest?.id]);
          if (newest === null || rowCount === 0) return;
          const { alert, telling } = release(newest, at);
          await save(client, alert);
          await tell(client, alert, telling);
        });
      return rows.length;
    },

    async unacknowledged(at) {
      const { rows } = await database.query<Alert>(
        `select ${columns} from alerts a
         where a.resolved_at is null and a.severity = 'critical' and a.critical_since is not null
           and not exists (select 1 from alerts c where c.id = a.under and c.resolved_at is null)
           and a.acknowledged_at is null and (a.silenced_until is null or a.silenced_until <= $1)
         order by a.opened_at, a.id`,
        [at],
      );
      return rows;
    },

    async escalate({ fingerprint, id }, steps) {
      await onFingerprint(database, fingerprint, async (client, newest) => {
        if (newest?.id !== id) return;
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
           where a.pipeline is not distinct from $1 and a.severity <> 'critical' and a.opened_at <= $3
             and (a.resolved_at is null or a.resolved_at > $2)
           order by a.opened_at, a.id`,
          [pipeline, from, at],
        );
        const message = compose({ from, to: at }, rows);
        if (message)
          await client.query(
            `insert into alert_tellings (pipeline, telling, subject, text, severity)
             values ($1, 'digest', $2, $3, 'warning')`,
            [pipeline, message.subject, message.text],
          );
      }),
  };
}
