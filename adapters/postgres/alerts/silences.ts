import type { Alert, Occurrence } from '../../../core/alerts/alerts.ts';
import { silencedTogether } from '../../../core/alerts/occurrence.ts';
import type { Instant } from '../../../core/time/time.ts';
import type { PoolClient } from 'pg';

/** Until when those are silenced that an occurrence is silenced with; null: they are not. */
export async function silenceOf(client: PoolClient, occurrence: Occurrence): Promise<Instant | null> {
  const shared = silencedTogether(occurrence);
  if (shared === null) return null;
  const { rows } = await client.query<{ until: Instant | null }>(
    `select max(silenced_until) as until from alerts
     where pipeline = $1 and silenced_until > $2 and starts_with(fingerprint, $3)`,
    [occurrence.pipeline, occurrence.at, shared],
  );
  return rows[0]!.until;
}

/** The silence of an alert is that of the newest of its fingerprint, which those that follow inherit. */
export async function silenceLater(
  client: PoolClient,
  { fingerprint }: Alert,
  newest: Alert | null,
  until: Instant,
): Promise<void> {
  await client.query(
    'update alerts set silenced_until = $2 where fingerprint = $1 and (id = $3 or silenced_until > $2)',
    [fingerprint, until, newest?.id],
  );
}

/** The silence of an alert is that of all those that are silenced with it, also where theirs was longer. */
export async function silenceOthers(client: PoolClient, alert: Alert, until: Instant): Promise<void> {
  const shared = silencedTogether(alert);
  if (shared === null) return;
  await client.query(
    `update alerts set silenced_until = $2
     where pipeline = $1 and starts_with(fingerprint, $3) and (resolved_at is null or silenced_until > $2)`,
    [alert.pipeline, until, shared],
  );
}
