import type { Outcomes } from '../../../core/data/labels/outcomes.ts';
import type { Database } from '../database.ts';

export const createOutcomes = (database: Database): Outcomes => ({
  async record(pipeline, outcomes) {
    if (outcomes.length === 0) return 0;
    const { rowCount } = await database.query(
      `insert into outcomes (pipeline, name, key, value, observed_at)
       select $1, name, key, value, observed_at
       from unnest($2::text[], $3::text[], $4::float8[], $5::timestamptz[]) as o (name, key, value, observed_at)
       order by name, key, observed_at -- two requests that meet wait for each other in one order
       on conflict (pipeline, name, key, observed_at) do update set value = excluded.value
         where outcomes.value is distinct from excluded.value`,
      [
        pipeline,
        outcomes.map(({ name }) => name),
        outcomes.map(({ key }) => key),
        outcomes.map(({ value }) => value),
        outcomes.map(({ observedAt }) => observedAt),
      ],
    );
    return rowCount ?? 0;
  },
});
