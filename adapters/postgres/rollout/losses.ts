import type { Moments } from '../../../core/rollout/evidence/evidence.ts';
import type { Losses } from '../../../core/rollout/evidence/losses.ts';
import { milliseconds } from '../../../core/time/time.ts';
import type { Database } from '../database.ts';
import { IS_EVIDENCE, IS_LABELLED, LABEL } from '../predictions/label-of.ts';

/** A score of 0 or 1 that is wrong would be infinitely so, and one row would decide everything. */
const SUREST = 0.001;
/** Of a row with a label and such a score. */
export const lossOf = {
  binary: (score: string) =>
    `-ln(greatest(${SUREST}, least(1 - ${SUREST}, case when label = 1 then ${score} else 1 - ${score} end)))`,
  number: (score: string) => `abs(${score} - label)`,
};

export const createLosses = (database: Database): Losses => ({
  async since(pipeline, versions, moment, { asOf, maturesAfter, kind = 'binary', whenAbsent }) {
    const { rows } = await database.query<Moments & { version: number }>(
      `with labelled as (
         select p.version, coalesce(p.entity, p.key) as unit, p.score, coalesce(l.value, $6) as label
         from predictions p ${LABEL}
         where p.pipeline = $1 and p.version = any($2) and p.time >= $3 and p.served_at >= $3
           and ${IS_EVIDENCE} and ${IS_LABELLED}
       ), losses as (
         -- Rows of one entity are no independent evidence: they count once.
         select version, avg(${lossOf[kind]('score')}) as loss from labelled group by version, unit
       )
       select version, count(*) as count, sum(loss) as sum, sum(loss * loss) as squares from losses group by version`,
      [pipeline, versions, moment, asOf, milliseconds(maturesAfter), whenAbsent],
    );
    return new Map(rows.map(({ version, ...moments }) => [version, moments]));
  },

  async paired(pipeline, { generation, shadow, answering }, { asOf, maturesAfter, kind = 'binary', whenAbsent }) {
    const { rows } = await database.query<SumsOfPairs>(
      `with labelled as (
         select coalesce(p.entity, p.key) as unit, s.score as one, p.score as other, coalesce(l.value, $6) as label
         from shadow_scores s
         join predictions p on p.pipeline = s.pipeline and p.time = s.time and p.id = s.prediction ${LABEL}
         where s.pipeline = $1 and s.generation = $2 and s.version = $3 and p.version = $7 and ${IS_LABELLED}
           -- So that only the days of these scores are read.
           and p.time >= (select min(time) from shadow_scores where pipeline = $1 and generation = $2 and version = $3)
           and p.time <= (select max(time) from shadow_scores where pipeline = $1 and generation = $2 and version = $3)
       ), losses as (
         select avg(${lossOf[kind]('one')}) as one, avg(${lossOf[kind]('other')}) as other, max(label) as label
         from labelled group by unit
       )
       select count(*) as count, coalesce(sum(one), 0) as one, coalesce(sum(one * one), 0) as "oneSquares",
         coalesce(sum(other), 0) as other, coalesce(sum(other * other), 0) as "otherSquares",
         coalesce(sum(one * other), 0) as products, count(*) filter (where label = 1) as positives
       from losses`,
      [pipeline, generation, shadow, asOf, milliseconds(maturesAfter), whenAbsent, answering],
    );
    const { count, one, oneSquares, other, otherSquares, products, positives } = rows[0]!;
    return {
      count,
      one: { sum: one, squares: oneSquares },
      other: { sum: other, squares: otherSquares },
      products,
      rarer: kind === 'binary' ? Math.min(positives, count - positives) : null,
    };
  },
});

type SumsOfPairs = Record<'count' | 'one' | 'oneSquares' | 'other' | 'otherSquares' | 'products' | 'positives', number>;
