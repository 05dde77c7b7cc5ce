import type { ErrorModel } from '../../../core/performance/error-model.ts';
import type {
  CountedDay,
  EstimateOfDay,
  PerformanceDays,
  SlicedDay,
} from '../../../core/performance/performance-days.ts';
import type { Tally } from '../../../core/performance/tally.ts';
import type { Instant } from '../../../core/time/time.ts';
import type { Database } from '../database.ts';

/** Of a tally, what takes most room. */
const BINS = ['bins', 'binsOf', 'promised'] satisfies (keyof Tally)[];

export const createPerformanceDays = (database: Database): PerformanceDays => ({
  async list(pipeline, { from, to }) {
    const { rows } = await database.query<CountedDay>(
      `select day, known_at as known, closed, arms, batched_at as batched from performance_days
       where pipeline = $1 and day >= $2 and day < $3 order by day`,
      [pipeline, from, to],
    );
    return rows;
  },

  async first(pipeline, version, { from, to }, atMost) {
    const { rows } = await database.query<{ day: Instant; arm: Omit<SlicedDay, 'day'> }>(
      `select day, jsonb_strip_nulls(jsonb_build_object(
           'tally', (arm->'tally') - $6::text[],
           'sliced', arm->'sliced',
           'slices', (select jsonb_object_agg(name, slice - $6::text[]) from jsonb_each(arm->'slices') as s(name, slice)))) as arm
       from performance_days cross join jsonb_array_elements(arms) as arm
       where pipeline = $1 and day >= $3 and day < $4 and closed
         and (arm->>'version')::int = $2 and (arm->'tally'->>'rows')::int > 0
       order by day limit $5`,
      [pipeline, version, from, to, atMost, BINS],
    );
    return rows.map(({ day, arm }) => ({ day, ...arm }));
  },

  async record(pipeline, days) {
    for (const { day, known, closed, arms, batched = null } of days)
      await database.query(
        `insert into performance_days as d (pipeline, day, known_at, closed, arms, batched_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (pipeline, day) do update set known_at = excluded.known_at, closed = excluded.closed, arms = excluded.arms,
           batched_at = excluded.batched_at
         where d.known_at <= excluded.known_at`,
        [pipeline, day, known, closed, JSON.stringify(arms), batched],
      );
  },

  async estimates(pipeline, { from, to }) {
    const { rows } = await database.query<EstimateOfDay>(
      `select day, version, metrics, batched, withheld from performance_estimates
       where pipeline = $1 and day >= $2 and day < $3 order by day`,
      [pipeline, from, to],
    );
    return rows;
  },

  async recordEstimate(pipeline, { day, version, metrics, batched, withheld = null }) {
    await database.query(
      `insert into performance_estimates as e (pipeline, day, version, metrics, batched, withheld) values ($1, $2, $3, $4, $5, $6)
       on conflict (pipeline, day, version) do update set metrics = excluded.metrics, batched = excluded.batched,
         withheld = excluded.withheld where excluded.batched and not e.batched`,
      [pipeline, day, version, metrics, batched, withheld],
    );
  },

  async holdout(pipeline, version) {
    const { rows } = await database.query<{ days: SlicedDay[] }>(
      'select days from performance_holdouts where pipeline = $1 and version = $2',
      [pipeline, version],
    );
    return rows[0]?.days ?? null;
  },

  async recordHoldout(pipeline, version, days) {
    await database.query(
      `insert into performance_holdouts (pipeline, version, days) values ($1, $2, $3)
         on conflict (pipeline, version) do update set days = excluded.days`,
      [pipeline, version, JSON.stringify(days)],
    );
  },

  async errors(pipeline, version, binning) {
    const { rows } = await database.query<{ model: ErrorModel }>(
      'select model from performance_errors where pipeline = $1 and version = $2 and binning = $3',
      [pipeline, version, binning],
    );
    return rows[0]?.model ?? null;
  },

  async recordErrors(pipeline, version, model) {
    await database.query(
      'insert into performance_errors (pipeline, version, binning, model) values ($1, $2, $3, $4) on conflict do nothing',
      [pipeline, version, model.binning, model],
    );
  },
});
