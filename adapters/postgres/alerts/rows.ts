import { wordsOf } from '../../../core/alerts/alert-words.ts';
import { beginsEscalation, urgencyOf, type Alert, type Resolution, type Telling } from '../../../core/alerts/alerts.ts';
import type { Figure } from '../../../core/alerts/figures.ts';
import { factsOf } from '../../../core/alerts/deliveries.ts';
import { transaction, type Database } from '../database.ts';
import type { PoolClient } from 'pg';

const stored = {
  id: 'id',
  fingerprint: 'fingerprint',
  pipeline: 'pipeline',
  kind: 'kind',
  openedAt: 'opened_at',
  severity: 'severity',
  summary: 'summary',
  detail: 'detail',
  lastSeenAt: 'last_seen_at',
  times: 'times',
  resolvedAt: 'resolved_at',
  resolvedBy: 'resolved_by',
  silencedUntil: 'silenced_until',
  toldAt: 'told_at',
  toldSeverity: 'told_severity',
  told: 'told',
  under: 'under',
  acknowledgedAt: 'acknowledged_at',
  acknowledgedBy: 'acknowledged_by',
  acknowledgedSeverity: 'acknowledged_severity',
  criticalSince: 'critical_since',
  escalated: 'escalated',
} as const satisfies Record<keyof Alert, string>;
const fields = Object.keys(stored) as (keyof Alert)[];

/** Of the table alerts as `a`. */
export const columns = fields.map((field) => `a.${stored[field]} as "${field}"`).join(', ');

/** Admits one at a time of the alerts that can explain each other: those of a pipeline, and of the whole installation. */
const lockGroup = (client: PoolClient, pipeline: string | null): Promise<unknown> =>
  pipeline === null
    ? client.query(`select pg_advisory_xact_lock(hashtextextended('perennial/alerts', 0))`)
    : client.query(
        `select pg_advisory_xact_lock_shared(hashtextextended('perennial/alerts', 0)),
           pg_advisory_xact_lock(hashtextextended('perennial/alerts/' || $1, 0))`,
        [pipeline],
      );

/**
 * One change of a fingerprint at a time, given its newest row: fifty at once make one alert. What could explain it, or
 * be explained by it, changes before or after, so the row that was read is the row that is written.
 */
export const onFingerprint = <T>(
  database: Database,
  { fingerprint, pipeline }: Pick<Alert, 'fingerprint' | 'pipeline'>,
  change: (client: PoolClient, newest: Alert | null) => Promise<T>,
): Promise<T> =>
  transaction(database, async (client) => {
    await lockGroup(client, pipeline);
    await client.query(`select pg_advisory_xact_lock(hashtextextended('perennial/alert/' || $1, 0))`, [fingerprint]);
    const { rows } = await client.query<Alert>(
      `select ${columns} from alerts a where a.fingerprint = $1
       order by a.resolved_at is null desc, a.opened_at desc, a.resolved_at desc limit 1`,
      [fingerprint],
    );
    return change(client, rows[0] ?? null);
  });

export async function one(client: PoolClient, id: string): Promise<Alert> {
  return (await client.query<Alert>(`select ${columns} from alerts a where a.id = $1`, [id])).rows[0]!;
}

export async function save(client: PoolClient, alert: Alert): Promise<void> {
  await client.query(
    `insert into alerts (${fields.map((field) => stored[field]).join(', ')})
     values (${fields.map((_, i) => `$${i + 1}`).join(', ')})
     on conflict (id) do update set ${fields.map((field) => `${stored[field]} = excluded.${stored[field]}`).join(', ')}`,
    fields.map((field) => alert[field]),
  );
}

/** Writes the words that people are to be told of an alert; `step`: the declared step that it escalates to. */
export async function tell(
  client: PoolClient,
  alert: Alert,
  telling: Telling,
  {
    resolution,
    step = null,
    figures = null,
  }: { resolution?: Resolution | undefined; step?: number | null; figures?: Figure[] | null } = {},
): Promise<void> {
  const { rows } = await client.query<{ summary: string }>(
    `with recursive below as (
       select id from alerts where under = $1 and resolved_at is null
       union select a.id from alerts a join below b on a.under = b.id where a.resolved_at is null)
     select summary from alerts join below using (id) order by severity = 'critical' desc, opened_at, id`,
    [alert.id],
  );
  const explains = rows.map(({ summary }) => summary);
  const { subject, text } = wordsOf(alert, telling, resolution, explains);
  await client.query(
    `insert into alert_tellings (alert, telling, subject, text, severity, step, facts, begins_escalation)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      alert.id,
      telling,
      subject,
      text,
      urgencyOf(alert, telling),
      step,
      factsOf(alert, explains, resolution ?? null, figures),
      beginsEscalation(alert, telling),
    ],
  );
}
