import type { ReadRolloutCounts, RolloutCounts } from '../../../core/rollout/rollout-counts.ts';
import type { Database } from '../database.ts';

export function createRolloutCounts(database: Database): ReadRolloutCounts {
  return async () => {
    const { rows: underWay } = await database.query<RolloutCounts['underWay'][number]>(
      `select pipeline, version, coalesce(step + 1, 0) as step, step_since as since,
         (select decision from rollout_looks where rollout = r.id order by number desc limit 1) as decision
       from rollouts r where outcome is null and own_run order by pipeline, asked_at, id`,
    );
    const { rows: ended } = await database.query<RolloutCounts['ended'][number]>(
      `select pipeline, outcome ->> 'result' as result, count(*) as count
       from rollouts where outcome is not null group by 1, 2 order by 1, 2`,
    );
    return { underWay, ended };
  };
}
