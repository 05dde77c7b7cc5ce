import { wordsOf } from '../../../core/alerts/alert-words.ts';
import {
  release,
  alertKinds,
  see,
  tellsEnd,
  type Alert,
  type Alerts,
  type Occurrence,
  type Resolution,
  type Telling,
} from '../../../core/alerts/alerts.ts';
import { causeOf, explainedBy } from '../../../core/alerts/causes.ts';
import type { Delivery } from '../../../core/alerts/deliveries.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { contentId } from '../../../core/base/ids.ts';
import type { AuditEntry } from '../../../core/runs/audit.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';
import { deliveryColumns } from './outbox.ts';
import type { PoolClient } from 'pg';

const columns = `a.id, a.fingerprint, a.pipeline, a.kind, a.severity, a.summary, a.detail, a.opened_at as "openedAt",
  a.last_seen_at as "lastSeenAt", a.times, a.resolved_at as "resolvedAt", a.resolved_by as "resolvedBy",
  a.silenced_until as "silencedUntil", a.told_at as "toldAt", a.told_severity as "toldSeverity", a.told, a.under`;

/** Alerts and, in the same transaction as each change, the words that people are to be told of it. */
export function createAlerts(database: Database): Alerts {
  return {
    raise: (occurrence, cooldown) =>
      onFingerprint(database, occurrence.fingerprint, async (client, newest) => {
        const { fingerprint, occasion } = occurrence;
        const { rows: seen } = await client.query<Alert>(
          `select ${columns} from alerts a join alert_occasions o on o.alert = a.id
           where o.fingerprint = $1 and o.occasion = $2`,
          [fingerprint, occasion],
        );
        if (seen[0]) return seen[0];
        const { alert, telling } = see(newest, occurrence, cooldown, await explains(client, occurrence));
        const id = newest?.resolvedAt === null ? newest.id : contentId({ fingerprint, occasion });
        await save(client, { id, ...alert });
        if (alert.times === 1) await adopt(client, { id, ...alert });
        await client.query('insert into alert_occasions (fingerprint, occasion, alert) values ($1, $2, $3)', [
          fingerprint,
          occasion,
          id,
        ]);
        if (telling) await tell(client, { id, ...alert }, telling);
        return { id, ...alert };
      }),

    resolve: (fingerprint, resolution) =>
      onFingerprint(database, fingerprint, async (client, newest) =>
        newest?.resolvedAt === null ? endAlert(client, newest, resolution) : null,
      ),

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

    async list({ pipeline, all = false, limit }) {
      const { rows } = await database.query<Alert>(
        `select ${columns} from alerts a
         where ($1::text is null or a.pipeline = $1) and ($2 or a.resolved_at is null)
         order by a.resolved_at is not null, a.severity = 'critical' and a.resolved_at is null desc, a.opened_at desc, a.id
         limit $3`,
        [pipeline ?? null, all, limit],
      );
      return rows;
    },

    async end(id, resolution, from) {
      const { id: whole, fingerprint } = await this.get(id);
      return onFingerprint(database, fingerprint, async (client) => {
        const alert = await one(client, whole);
        if (alert.resolvedAt !== null) return alert;
        const { by: who, reason } = resolution;
        await audit(client, { who, from, action: 'resolve alert' }, alert, { reason });
        return endAlert(client, alert, resolution);
      });
    },

    async silence(id, until, by, from) {
      const { id: whole, fingerprint } = await this.get(id);
      return onFingerprint(database, fingerprint, async (client) => {
        const alert = { ...(await one(client, whole)), silencedUntil: until };
        await save(client, alert);
        await audit(client, { who: by, from, action: 'silence alert' }, alert, { until });
        return alert;
      });
    },

    async release(since, at) {
      const { rows } = await database.query<Pick<Alert, 'fingerprint'>>(
        `select a.fingerprint from alerts a join alerts c on c.id = a.under
         where a.resolved_at is null and not a.told and c.resolved_at <= $1`,
        [since],
      );
      for (const { fingerprint } of rows)
        await onFingerprint(database, fingerprint, async (client, newest) => {
          // Another server may have been faster.
          if (newest === null || newest.under === null || newest.told || newest.resolvedAt !== null) return;
          const { alert, telling } = release(newest, at);
          await save(client, alert);
          if (telling) await tell(client, alert, telling);
        });
      return rows.length;
    },

    async deliveries(alert) {
      const { rows } = await database.query<Delivery>(
        `select ${deliveryColumns} from alert_deliveries d join alert_tellings t on t.id = d.telling
         where t.alert = $1 order by d.created_at, d.channel, d.target`,
        [alert],
      );
      return rows;
    },
  };
}

/** One change of a fingerprint at a time, given its newest row: fifty at once make one alert. */
const onFingerprint = <T>(
  database: Database,
  fingerprint: string,
  change: (client: PoolClient, newest: Alert | null) => Promise<T>,
): Promise<T> =>
  transaction(database, async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtextextended('perennial/alert/' || $1, 0))`, [fingerprint]);
    const { rows } = await client.query<Alert>(
      `select ${columns} from alerts a where a.fingerprint = $1
       order by a.resolved_at is null desc, a.opened_at desc, a.resolved_at desc limit 1`,
      [fingerprint],
    );
    return change(client, rows[0] ?? null);
  });

/** The id of the open alert that explains an occurrence. */
async function explains(client: PoolClient, occurrence: Occurrence): Promise<string | null> {
  const causes = explainedBy[occurrence.kind];
  if (causes.length === 0) return null;
  const { rows } = await client.query<Alert>(
    `select ${columns} from alerts a
     where a.resolved_at is null and a.kind = any($1::text[]) and (a.pipeline is null or a.pipeline = $2)`,
    [causes, occurrence.pipeline],
  );
  return causeOf(occurrence, rows)?.id ?? null;
}

/** Puts the open alerts that a new one explains under it. */
async function adopt(client: PoolClient, cause: Alert): Promise<void> {
  const kinds = alertKinds.filter((kind) => explainedBy[kind].includes(cause.kind));
  if (kinds.length === 0) return;
  const { rows } = await client.query<Alert>(
    `select ${columns} from alerts a
     where a.resolved_at is null and a.under is null and a.kind = any($1::text[]) and ($2::text is null or a.pipeline = $2)`,
    [kinds, cause.pipeline],
  );
  const explained = rows.filter((alert) => causeOf(alert, [cause]) !== null).map(({ id }) => id);
  await client.query('update alerts set under = $1 where id = any($2::text[])', [cause.id, explained]);
}

async function one(client: PoolClient, id: string): Promise<Alert> {
  return (await client.query<Alert>(`select ${columns} from alerts a where a.id = $1`, [id])).rows[0]!;
}

async function save(client: PoolClient, alert: Alert): Promise<void> {
  const { id, fingerprint, pipeline, kind, severity, summary, detail, openedAt, lastSeenAt, times } = alert;
  const { resolvedAt, resolvedBy, silencedUntil, toldAt, toldSeverity, told, under } = alert;
  await client.query(
    `insert into alerts (id, fingerprint, pipeline, kind, severity, summary, detail, opened_at, last_seen_at, times,
       resolved_at, resolved_by, silenced_until, told_at, told_severity, told, under)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     on conflict (id) do update set severity = $5, summary = $6, detail = $7, last_seen_at = $9, times = $10,
       resolved_at = $11, resolved_by = $12, silenced_until = $13, told_at = $14, told_severity = $15, told = $16, under = $17`,
    // prettier-ignore
    [id, fingerprint, pipeline, kind, severity, summary, detail, openedAt, lastSeenAt, times,
     resolvedAt, resolvedBy, silencedUntil, toldAt, toldSeverity, told, under],
  );
}

async function endAlert(client: PoolClient, alert: Alert, resolution: Resolution): Promise<Alert> {
  const telling = tellsEnd(alert, resolution.at);
  const ended = { ...alert, resolvedAt: resolution.at, resolvedBy: resolution.by };
  await save(client, ended);
  if (telling) await tell(client, ended, telling, resolution);
  return ended;
}

async function tell(client: PoolClient, alert: Alert, telling: Telling, resolution?: Resolution): Promise<void> {
  const { rows } = await client.query<{ summary: string }>(
    'select summary from alerts where under = $1 and resolved_at is null order by opened_at, id',
    [alert.id],
  );
  const { subject, text } = wordsOf(
    alert,
    telling,
    resolution,
    rows.map(({ summary }) => summary),
  );
  await client.query('insert into alert_tellings (alert, telling, subject, text) values ($1, $2, $3, $4)', [
    alert.id,
    telling,
    subject,
    text,
  ]);
}

const audit = (
  client: PoolClient,
  done: Pick<AuditEntry, 'who' | 'from' | 'action'>,
  { id, summary, pipeline }: Alert,
  details: object,
): Promise<void> => writeAudit(client, { ...done, pipeline, details: { alert: id, summary, ...details } });
