import type { Moments } from '../../../core/rollout/evidence.ts';
import type { Losses } from '../../../core/rollout/losses.ts';
import { milliseconds } from '../../../core/time/time.ts';
import type { Database } from '../database.ts';
import { IS_LABELLED, LABEL } from '../predictions/label-of.ts';

/** A score of 0 or 1 that is wrong would be infinitely so, and one row would decide everything. */
const SUREST = 0.001;
const loss = {
  binary: `-ln(greatest(${SUREST}, least(1 - ${SUREST}, case when label = 1 then score else 1 - score end)))`,
  number: 'abs(score - label)',
};

export const createLosses = (database: Database): Losses => ({
  async since(pipeline, versions, moment, { asOf, maturesAfter, kind = 'binary', whenAbsent }) {
    const { rows } = await database.query<Moments & { version: number }>(
      `with labelled as (
         select p.version, coalesce(p.entity, p.key) as unit, p.score, coalesce(l.value, $6) as label
         from predictions p ${LABEL}
         where p.pipeline = $1 and p.version = any($2) and p.time >= $3 and p.served_at >= $3
           and ${IS_LABELLED}
       ), losses as (
         -- Rows of one entity are no independent evidence: they count once.
         select version, avg(${loss[kind]}) as loss from labelled group by version, unit
       )
       select version, count(*) as count, sum(loss) as sum, sum(loss * loss) as squares from losses group by version`,
      [pipeline, versions, moment, asOf, milliseconds(maturesAfter), whenAbsent],
    );
    return new Map(rows.map(({ version, ...moments }) => [version, moments]));
  },
});
