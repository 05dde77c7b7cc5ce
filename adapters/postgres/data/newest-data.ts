import type { ReadNewestData } from '../../../core/data/freshness.ts';
import type { Database } from '../database.ts';

/** One look into the index for each pipeline, within one query. */
export const createNewestData =
  (database: Database): ReadNewestData =>
  async () => {
    const { rows } = await database.query<Awaited<ReturnType<ReadNewestData>>[number]>(
      `select p.name as pipeline, s.as_of as "asOf" from pipelines p cross join lateral (
         select as_of from snapshots where pipeline = p.name and status = 'published'
         order by as_of desc, created_at desc limit 1) s`,
    );
    return rows;
  };
