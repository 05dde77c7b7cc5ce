import { type Audit } from '../../core/audit.ts';
import { type Database } from './database.ts';
import { type PoolClient } from 'pg';

/** Writes an audit row; in a transaction, with the change it speaks of. */
export async function writeAudit(
  database: Database | PoolClient,
  { who, action, pipeline, details }: Parameters<Audit['record']>[0],
): Promise<void> {
  const values = [who, action, pipeline, details];
  await database.query('insert into audit (who, action, pipeline, details) values ($1, $2, $3, $4)', values);
}

export const createAudit = (database: Database): Audit => ({ record: (entry) => writeAudit(database, entry) });
