import { type AgingRows, GRACE, type Records, UNREGISTERED } from '../../core/care.ts';
import { type Instant } from '../../core/time.ts';
import { type Database } from './database.ts';
import { countsByMonth, dropPartitions, type Partitioned, predictionsByDay } from './partitions.ts';

/** Where rows that age are, and which durations of a declaration say how far back its loops look at them. */
const aging: Record<AgingRows, { in: Partitioned; lookBack: string[] }> = {
  // Labels of a window are looked at once they have matured, as far as the newest snapshot's extraction went.
  predictions: { in: predictionsByDay, lookBack: ['{drift,window}', '{label,maturesAfter}', '{source,lateness}'] },
  counts: { in: countsByMonth, lookBack: ['{drift,window}'] },
};

export function createRecords(database: Database): Records {
  /** Before this moment nothing is needed: a week more than the applied pipelines look back, for a check that comes late. */
  async function cutoff(now: Instant, days: number, lookBack: string[]): Promise<Instant> {
    const needed = lookBack.map((path) => `coalesce((declaration #>> '${path}')::interval, interval '0')`).join(' + ');
    const { rows } = await database.query<{ at: Instant }>(
      `select $1::timestamptz - greatest(make_interval(days => $2), (
         select max(${needed} + interval '7 days')
         from pipelines p join revisions r on r.pipeline = p.name and r.revision = p.revision
       )) as at`,
      [now, days],
    );
    return rows[0]!.at;
  }

  return {
    async removeOld(kind, { now, keep, dryRun, signal }) {
      const { in: partitioned, lookBack } = aging[kind];
      const before = await cutoff(now, keep[kind], lookBack);
      return dropPartitions(database, partitioned, { before, dryRun, signal });
    },

    async ages() {
      const { rows } = await database.query<{ madeAt: Instant; graceBegan: Instant }>(
        `select min(at) as "madeAt", now() - $1::interval as "graceBegan" from migrations`,
        [GRACE],
      );
      const { madeAt, graceBegan } = rows[0]!;
      return { madeAt: new Date(madeAt), graceBegan: new Date(graceBegan) };
    },

    async named(keys) {
      const { rows } = await database.query<{ key: string }>(
        `select key
         from (select key, split_part(key, '/', 2) as second from unnest($1::text[]) as asked (key)) as asked
         where exists (select from parts where object_key = key)
           or exists (select from batch_parts where object_key = key)
           or exists (select from model_versions where object_key = key)
           or exists (select from verdicts where verdict ->> 'reportKey' = key)
           or exists (select from snapshots where report_key = key)
           or exists (select from model_versions where card_key = key)
           or exists (select from training_runs r where training_set ->> 'objectKey' = key and ${isOfUse})
           or exists (select from training_runs r where winner ->> 'objectKey' = key and ${isOfUse})
           or exists (select from candidates c join training_runs r on r.id = c.training_run
                      where result ->> 'objectKey' = key and ${mayGoOn})
           or key like 'checkpoints/%' and exists (select from training_runs r where r.id = second and ${mayGoOn})`,
        [keys, UNREGISTERED],
      );
      return new Set(rows.map(({ key }) => key));
    },
  };
}

/** Training run `r` goes on, or may: its cycle is open, or was opened a short while ago. */
const mayGoOn = `exists (select from cycles where id = r.cycle and (outcome is null or opened_at > now() - $2::interval))`;
/** The same, or a version came of it: its holdout is what later windows are compared with. */
const isOfUse = `(exists (select from model_versions where training_run = r.id) or ${mayGoOn})`;
