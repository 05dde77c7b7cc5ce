import { alertKinds, type Alert, type Occurrence } from '../../../core/alerts/alerts.ts';
import { causeOf, explainedBy } from '../../../core/alerts/causes.ts';
import { columns } from './rows.ts';
import type { PoolClient } from 'pg';

/**
 * The id of the alert that explains an occurrence. `present`: the one that explains its alert so far, which does so for
 * a while after it has ended.
 */
export async function causeFor(
  client: PoolClient,
  occurrence: Pick<Occurrence, 'fingerprint' | 'kind' | 'pipeline' | 'severity'>,
  present: string | null,
): Promise<string | null> {
  const causes = explainedBy[occurrence.kind];
  if (causes.length === 0) return null;
  const { rows } = await client.query<Alert>(
    `select ${columns} from alerts a
     where (a.resolved_at is null or a.id = $3) and a.kind = any($1::text[]) and (a.pipeline is null or a.pipeline = $2)`,
    [causes, occurrence.pipeline, present],
  );
  const open = rows.filter(({ resolvedAt }) => resolvedAt === null);
  return (causeOf(occurrence, open) ?? causeOf(occurrence, rows))?.id ?? null;
}

/** Puts the open alerts that a new one explains under it, unless another open one explains them. */
export async function adopt(client: PoolClient, cause: Alert): Promise<void> {
  const kinds = alertKinds.filter((kind) => explainedBy[kind].includes(cause.kind));
  if (kinds.length === 0) return;
  const { rows } = await client.query<Alert>(
    `select ${columns} from alerts a
     where a.resolved_at is null and not exists (select 1 from alerts c where c.id = a.under and c.resolved_at is null)
       and a.kind = any($1::text[]) and ($2::text is null or a.pipeline = $2)`,
    [kinds, cause.pipeline],
  );
  const explained = rows.filter((alert) => causeOf(alert, [cause]) !== null).map(({ id }) => id);
  await client.query('update alerts set under = $1 where id = any($2::text[])', [cause.id, explained]);
}
