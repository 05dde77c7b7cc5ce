import type { ErrorModel } from '../../../core/performance/error-model.ts';
import type {
  CountedDay,
  EstimateOfDay,
  PerformanceDays,
  SlicedDay,
} from '../../../core/performance/performance-days.ts';
import type { Database } from '../database.ts';

export const createPerformanceDays = (database: Database): PerformanceDays => ({
  async list(pipeline, { from, to }) {
    const { rows } = await database.query<CountedDay>(
      `select day, known_at as known, closed, arms, batched_at as batched from performance_days
       where pipeline = $1 and day >= $2 and day < $3 order by day`,
      [pipeline, from, to],
    );
    return rows;
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
