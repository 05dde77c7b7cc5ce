import {
  acknowledge,
  see,
  tellsEnd,
  type Alert,
  type Alerts,
  type ListedAlert,
  type Resolution,
} from '../../../core/alerts/alerts.ts';
import type { Delivery } from '../../../core/alerts/deliveries.ts';
import { BY_HAND } from '../../../core/alerts/sent.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { contentId } from '../../../core/base/ids.ts';
import type { AuditEntry } from '../../../core/runs/audit.ts';
import type { Instant } from '../../../core/time/time.ts';
import { writeAudit } from '../audit.ts';
import type { Database } from '../database.ts';
import { adopt, causeFor } from './grouping.ts';
import { deliveryColumns } from './outbox.ts';
import { silenceLater, silenceOf, silenceOthers } from './silences.ts';
import { columns, onFingerprint, one, save, tell } from './rows.ts';
import type { PoolClient } from 'pg';

/** Alerts and, in the same transaction as each change, the words that people are to be told of it. */
export function createAlerts(database: Database): Alerts {
  const silenceUntil = (known: Alert, until: Instant, done: Done, details: object): Promise<Alert> =>
    onFingerprint(database, known, async (client, newest) => {
      const alert = { ...(await one(client, known.id)), silencedUntil: until };
      await save(client, alert);
      await silenceLater(client, alert, newest, until);
      await silenceOthers(client, alert, until);
      await audit(client, done, alert, details);
      return alert;
    });

  return {
    raise: (occurrence, cooldown) =>
      onFingerprint(database, occurrence, async (client, newest) => {
        const { fingerprint, occasion } = occurrence;
        const { rows: seen } = await client.query<Alert>(
          `select ${columns} from alerts a join alert_occasions o on o.alert = a.id
           where o.fingerprint = $1 and o.occasion = $2`,
          [fingerprint, occasion],
        );
        if (seen[0]) return seen[0];
        const open = newest?.resolvedAt === null ? newest : null;
        const under = await causeFor(client, occurrence, open?.under ?? null);
        const silenced = newest?.silencedUntil ?? (await silenceOf(client, occurrence));
        const { alert, telling } = see(newest, occurrence, cooldown, under, silenced);
        const id = open?.id ?? contentId({ fingerprint, occasion });
        await save(client, { id, ...alert });
        if (alert.times === 1) await adopt(client, { id, ...alert });
        await client.query('insert into alert_occasions (fingerprint, occasion, alert) values ($1, $2, $3)', [
          fingerprint,
          occasion,
          id,
        ]);
        if (telling) await tell(client, { id, ...alert }, telling, { figures: occurrence.figures ?? null });
        return { id, ...alert };
      }),

    async resolve(fingerprint, resolution) {
      const { rows } = await database.query<Pick<Alert, 'fingerprint' | 'pipeline'>>(
        'select fingerprint, pipeline from alerts where fingerprint = $1 and resolved_at is null',
        [fingerprint],
      );
      if (!rows[0]) return null; // as nearly always: nothing waits for a lock
      return onFingerprint(database, rows[0], async (client, newest) =>
        newest?.resolvedAt === null ? endAlert(client, newest, resolution) : null,
      );
    },

    async open() {
      const { rows } = await database.query<Pick<Alert, 'fingerprint'>>(
        'select fingerprint from alerts where resolved_at is null',
      );
      return new Set(rows.map(({ fingerprint }) => fingerprint));
    },

    async get(id) {
      const { rows } = await database.query<Alert>(
        `select ${columns} from alerts a where left(a.id, length($1)) = $1 and $1 <> '' limit 2`,
        [id],
      );
      if (rows.length === 1) return rows[0]!;
      throw new UserError(
        'ALERT_UNKNOWN',
        `${rows.length === 0 ? `There is no alert "${id}"` : `More than one alert's id begins with "${id}"`}. ` +
          'To list alerts with their ids: perennial alerts',
      );
    },

    async list({ pipeline, all = false, kind, severity, silencedAt, limit }) {
      const { rows } = await database.query<ListedAlert>(
        `select ${columns}, (select max(t.held_until) from alert_tellings t where t.alert = a.id and not t.addressed)
           as "heldUntil"
         from alerts a
         where ($1::text is null or a.pipeline = $1) and ($2 or a.resolved_at is null)
           and ($4::text is null or a.kind = $4) and ($5::text is null or a.severity = $5)
           and ($6::timestamptz is null or (a.silenced_until > $6 and not exists (
             select from alerts b where b.fingerprint = a.fingerprint
               and (b.opened_at > a.opened_at or (b.resolved_at is null and a.resolved_at is not null)))))
         order by a.resolved_at is not null, a.severity = 'critical' and a.resolved_at is null desc, a.opened_at desc, a.id
         limit $3`,
        [pipeline ?? null, all || silencedAt !== undefined, limit, kind ?? null, severity ?? null, silencedAt ?? null],
      );
      return rows;
    },

    async end(id, resolution, from) {
      const known = await this.get(id);
      return onFingerprint(database, known, async (client) => {
        const alert = await one(client, known.id);
        const { by: who, reason } = resolution;
        const ended = alert.resolvedAt !== null;
        if (ended && reason === BY_HAND) return alert; // a note is kept, also when somebody else was faster
        await audit(client, { who, from, action: 'resolve alert' }, alert, { reason });
        return ended ? alert : endAlert(client, alert, resolution);
      });
    },

    async silence(id, until, by, from, reason) {
      const details = { until, ...(reason && { reason }) };
      return silenceUntil(await this.get(id), until, { who: by, from, action: 'silence alert' }, details);
    },

    async unsilence(id, at, by, from, reason) {
      const details = reason ? { reason } : {};
      return silenceUntil(await this.get(id), at, { who: by, from, action: 'unsilence alert' }, details);
    },

    async acknowledge(id, at, by, from, reason) {
      const known = await this.get(id);
      return onFingerprint(database, known, async (client) => {
        const before = await one(client, known.id);
        const alert = acknowledge(before, { at, by });
        const isNew = alert !== before;
        if (before.resolvedAt !== null || !(isNew || reason)) return before;
        await save(client, alert);
        await audit(client, { who: by, from, action: 'acknowledge alert' }, alert, reason ? { reason } : {});
        if (isNew && alert.told) await tell(client, alert, 'acknowledged');
        return alert;
      });
    },

    async deliveries(alert) {
      const { rows } = await database.query<Delivery>(
        `select ${deliveryColumns} from alert_deliveries d join alert_tellings t on t.id = d.telling
           join alerts a on a.id = t.alert
         where t.alert = $1 order by d.created_at, d.channel, d.target`,
        [alert],
      );
      return rows;
    },
  };
}

async function endAlert(client: PoolClient, alert: Alert, resolution: Resolution): Promise<Alert> {
  const telling = tellsEnd(alert);
  const ended = { ...alert, resolvedAt: resolution.at, resolvedBy: resolution.by };
  await save(client, ended);
  if (telling) await tell(client, ended, telling, { resolution });
  return ended;
}

type Done = Pick<AuditEntry, 'who' | 'from' | 'action'>;
const audit = (client: PoolClient, done: Done, { id, summary, pipeline }: Alert, details: object): Promise<void> =>
  writeAudit(client, { ...done, pipeline, details: { alert: id, summary, ...details } });
