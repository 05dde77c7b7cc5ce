import type { ArmNumbers, ExperimentNumbers, Numbers } from '../../../core/experiments/look.ts';
import type { Moments } from '../../../core/sequential/means.ts';
import { milliseconds } from '../../../core/time/time.ts';
import { transaction, type Database } from '../database.ts';
import { IS_EVIDENCE, LABEL } from '../predictions/label-of.ts';
import { lossOf, scoreOf } from '../rollout/losses.ts';

/** Joins the newest number of that name that was known at the moment. */
const OUTCOME = `
  left join lateral (
    select value from outcomes
    where pipeline = p.pipeline and name = $8 and key = p.key and observed_at <= $4
    order by observed_at desc limit 1
  ) l on true`;

type Row = Omit<ArmNumbers, 'moments'> & Moments & { crossed: boolean };

/**
 * A sample is an entity, or a key without one: its rows are no independent evidence. One that met several versions of
 * the experiment counts for none, since any of them may have made its numbers.
 */
export const createExperimentNumbers = (database: Database): ExperimentNumbers => ({
  async of({ pipeline, versions, since, freshSince, asOf, measure, labelKind }, signal): Promise<Numbers> {
    const { name, absent, within } = measure;
    const isPosted = name !== 'label' && name !== 'loss';
    const { rows } = await transaction(
      database,
      (client) =>
        client.query<Row>(
          `with numbered as (
         select coalesce(p.entity, p.key) as sample, p.version, p.served_at, ${scoreOf[labelKind]} as score,
           case when p.time <= $4::timestamptz - make_interval(secs => $5::float8 / 1000)
             then coalesce(l.value, $6::float8) end as label
         from predictions p ${isPosted ? OUTCOME : LABEL}
         where p.pipeline = $1 and p.version = any($2) and p.time >= $3 and p.served_at >= $3
           and ${IS_EVIDENCE}
       ), samples as (
         select min(version) as version, min(version) <> max(version) as crossed, min(served_at) >= $7 as is_fresh,
           avg(${name === 'loss' ? `case when label is not null then ${lossOf[labelKind]('score')} end` : 'label'}) as number
         from numbered group by sample
       )
       select version, crossed, count(*) as samples, count(*) filter (where is_fresh) as fresh, count(number) as count,
         coalesce(sum(number), 0) as sum, coalesce(sum(number * number), 0) as squares
       from samples group by version, crossed`,
          [pipeline, versions, since, asOf, milliseconds(within), absent, freshSince, ...(isPosted ? [name] : [])],
        ),
      signal,
    );
    return {
      arms: rows
        .filter(({ crossed }) => !crossed)
        .map(({ version, samples, fresh, count, sum, squares }) => ({
          version,
          samples,
          fresh,
          moments: { count, sum, squares },
        })),
      crossed: rows.filter(({ crossed }) => crossed).reduce((sum, { samples }) => sum + samples, 0),
    };
  },
});
