import type { Database } from '../database.ts';

/** How many logged predictions are not counted into the hours of their pipelines yet. */
export async function countUncounted(database: Database): Promise<number> {
  const { rows } = await database.query<{ predictions: number }>(
    'select coalesce(sum(cardinality(ids)), 0)::bigint as predictions from uncounted',
  );
  return rows[0]!.predictions;
}
