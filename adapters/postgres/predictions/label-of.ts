import { NAMED } from '../../../core/data/predictions/prediction-lines.ts';

// Of a prediction `p`: $4 is the moment as of which labels count, $5 the milliseconds in which they mature, $6 the label of a
// mature row without a fact.

/** Joins the newest version of its label that was known at the moment. */
export const LABEL = `
  left join lateral (
    select value from labels
    where pipeline = p.pipeline and key = p.key and observed_at <= $4 and known_at <= $4
    order by observed_at desc, known_at desc, id desc limit 1
  ) l on true`;

export const IS_LABELLED = `
  p.time <= $4::timestamptz - make_interval(secs => $5::float8 / 1000) and coalesce(l.value, $6) is not null`;

/** The day of its row, since 1970. */
export const DAY_OF = 'floor(extract(epoch from p.time) / 86400)::int';

/** Its version came to it by chance: no caller named it. */
export const IS_EVIDENCE = `not p.row ? '${NAMED}'`;
