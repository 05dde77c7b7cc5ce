import type { Audit, AuditEntry } from '../../core/runs/audit.ts';
import { shown } from '../../core/base/errors/shown.ts';
import type { Database } from './database.ts';
import type { PoolClient } from 'pg';

/** Writes an audit row; in a transaction, with the change it speaks of. */
export async function writeAudit(
  database: Database | PoolClient,
  { who, from, action, pipeline, details }: AuditEntry,
): Promise<void> {
  const told = Object.entries(details).map(([name, value]) => [name, typeof value === 'string' ? shown(value) : value]);
  const values = [who, from, action, pipeline, Object.fromEntries(told)];
  await database.query('insert into audit (who, via, action, pipeline, details) values ($1, $2, $3, $4, $5)', values);
}

export const createAudit = (database: Database): Audit => ({ record: (entry) => writeAudit(database, entry) });
