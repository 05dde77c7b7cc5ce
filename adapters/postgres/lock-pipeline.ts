import type { PoolClient } from 'pg';

/**
 * Admits one transaction at a time to what serves and trains a pipeline. A row that references the pipeline shares a lock
 * on its key until it commits; `for no key update` ignores that lock, while `for update` waited behind whole ingestions.
 */
export async function lockPipeline(client: PoolClient, name: string): Promise<void> {
  await client.query('select 1 from pipelines where name = $1 for no key update', [name]);
}
