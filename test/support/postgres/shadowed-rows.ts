import { type Database } from '../../../adapters/postgres/database.ts';
import { type Instant } from '../../../core/time/time.ts';

/** Rows of fraud, every eighth of them positive, with the same scores of both versions but for what `worse` adds. */
export async function shadowedRows(
  database: Database,
  {
    generation,
    answering,
    shadow,
    worse,
    time,
    rows = 4_000,
  }: {
    generation: number;
    answering: number;
    shadow: number;
    /** Which of them scores positives low. */
    worse: number | null;
    time: Instant;
    rows?: number;
  },
): Promise<void> {
  const scoreOf = (version: number): string =>
    `case when i % 8 > 0 then 0.05 + 0.001 * (i % 7) when ${version} = $4::int and i % 16 = 0 then 0.2 else 0.6 end`;
  await database.query(
    `with rows as (
       select i, md5('row ' || i || '/' || $1::int)::uuid as id, 'row-' || $1::int || '-' || i as key from generate_series(1, $6::int) as i
     ), answered as (
       insert into predictions (id, pipeline, version, key, time, row, score, decision, served_at)
       select id, 'fraud', $2::int, key, $5::timestamptz, '{}', ${scoreOf(answering)}, false, $5 from rows
     ), shadowed as (
       insert into shadow_scores (pipeline, generation, version, prediction, time, score)
       select 'fraud', $1::int, $3::int, id, $5, ${scoreOf(shadow)} from rows
     )
     insert into labels (pipeline, key, value, observed_at, known_at)
     select 'fraud', key, 1, $5, $5 from rows where i % 8 = 0`,
    [generation, answering, shadow, worse, time, rows],
  );
  await database.query('analyze predictions, shadow_scores, labels'); // as a server has done long before labels are mature
}
