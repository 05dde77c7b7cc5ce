import type { Moments } from '../../../core/rollout/evidence/evidence.ts';
import type { Losses } from '../../../core/rollout/evidence/losses.ts';
import type { LabelKind } from '../../../core/data/labels/label-kinds.ts';
import { PROBABILITIES } from '../../../core/data/predictions/prediction-lines.ts';
import { milliseconds } from '../../../core/time/time.ts';
import type { Database } from '../database.ts';
import { IS_EVIDENCE, IS_LABELLED, LABEL } from '../predictions/label-of.ts';

/** A score of 0 or 1 that is wrong would be infinitely so, and one row would decide everything. */
const SUREST = 0.001;
/** Of a row with a label and such a score; of classes, with their probabilities as JSON. */
export const lossOf: Record<LabelKind, (score: string) => string> = {
  binary: (score: string) =>
    `-ln(greatest(${SUREST}, least(1 - ${SUREST}, case when label = 1 then ${score} else 1 - ${score} end)))`,
  number: (score: string) => `abs(${score} - label)`,
  class: (score: string) => `-ln(greatest(${SUREST}, coalesce((${score} ->> label::int)::float8, 0)))`,
};

/** What the loss of a prediction `p` is computed from. */
export const scoreOf: Record<LabelKind, string> = {
  binary: 'p.score',
  number: 'p.score',
  class: `p.row -> '${PROBABILITIES}'`,
};

export const createLosses = (database: Database): Losses => ({
  async since(pipeline, versions, moment, { asOf, maturesAfter, kind = 'binary', whenAbsent }) {
    const { rows } = await database.query<Moments & { version: number }>(
      `with labelled as (
         select p.version, coalesce(p.entity, p.key) as unit, ${scoreOf[kind]} as score,
           coalesce(l.value, $6) as label
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
         select coalesce(p.entity, p.key) as unit, s.${kind === 'class' ? 'probabilities' : 'score'} as one,
           ${scoreOf[kind]} as other, coalesce(l.value, $6) as label
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
         coalesce(sum(one * other), 0) as products, 
         (select coalesce(max(rows), 0) from (select count(*) as rows from losses group by label) of) as usual
       from losses`,
      [pipeline, generation, shadow, asOf, milliseconds(maturesAfter), whenAbsent, answering],
    );
    const { count, one, oneSquares, other, otherSquares, products, usual } = rows[0]!;
    return {
      count,
      one: { sum: one, squares: oneSquares },
      other: { sum: other, squares: otherSquares },
      products,
      rarer: kind === 'number' ? null : count - usual,
    };
  },
});

type SumsOfPairs = Record<'count' | 'one' | 'oneSquares' | 'other' | 'otherSquares' | 'products' | 'usual', number>;
