import { runOfCheckpoint } from '../../core/data/objects/object-keys.ts';
import { type AgingRows, GRACE, type Records, UNREGISTERED } from '../../core/runs/care.ts';
import type { Instant } from '../../core/time/time.ts';
import { transaction, type Database } from './database.ts';
import { deleteInPieces } from './delete-in-pieces.ts';
import { countsByMonth, dropPartitions, type Partitioned, predictionsByDay } from './predictions/partitions.ts';
import { partsLock } from './data/parts-lock.ts';

/** The tables of aging rows, and the durations of a declaration that give how far back its loops read them. */
const aging: Record<AgingRows, { in: Partitioned; lookBack: string[] }> = {
  // A window's labels are read once they have matured, as far as the newest snapshot's extraction went.
  predictions: { in: predictionsByDay, lookBack: ['{drift,window}', '{label,maturesAfter}', '{source,lateness}'] },
  counts: { in: countsByMonth, lookBack: ['{drift,window}'] },
};

export function createRecords(database: Database): Records {
  /** Rows before this time are not needed: a week more than the applied pipelines look back, for a late check. */
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

    async removeOldProfiles({ now, keep, ...options }) {
      const before = await cutoff(now, keep.counts, aging.counts.lookBack);
      const key = ['pipeline', 'subject', 'binning'];
      return deleteInPieces(database, { table: 'profiles p', key, where: isOldProfile, values: [before] }, options);
    },

    async removeOldOutcomes({ now, keep, ...options }) {
      const before = await cutoff(now, keep.predictions, aging.predictions.lookBack);
      const key = ['pipeline', 'name', 'key', 'observed_at'];
      return deleteInPieces(database, { table: 'outcomes', key, where: 'observed_at < $1', values: [before] }, options);
    },

    async removeOldTallies({ dryRun, signal }) {
      signal.throwIfAborted();
      const { rows } = await database.query<{ name: string }>(
        `with old as (${dryRun ? 'select * from arm_tallies t' : 'delete from arm_tallies t'} where ${isOldTally}
           ${dryRun ? '' : 'returning *'})
         select distinct pipeline || '/' || generation as name from old order by name`,
        [GRACE],
      );
      return rows.map(({ name }) => name);
    },

    removeOldShadowScores(options) {
      const key = ['pipeline', 'generation', 'version', 'prediction'];
      // A server writes a score after the first tally of its generation. Labels of the newest may still come.
      const where = `not exists (select from arm_tallies t
          where t.pipeline = s.pipeline and t.generation = s.generation and not (${isOldTally}))
        and not exists (select from traffic n where n.pipeline = s.pipeline and n.generation = s.generation)`;
      return deleteInPieces(database, { table: 'shadow_scores s', key, where, values: [GRACE] }, options);
    },

    async removeUnnamedParts({ dryRun, signal }) {
      const { rows: found } = await database.query<{ pipeline: string; ids: string[] }>(
        `select pipeline, array_agg(id order by id) as ids from parts p where ${isLeftOver} group by pipeline order by pipeline`,
        [GRACE],
      );
      if (dryRun) return found.flatMap(({ ids }) => ids);
      await database.query('delete from part_holds where seen_at < now() - $1::interval', [GRACE]);
      const removed: string[] = [];
      for (const { pipeline, ids } of found) {
        signal.throwIfAborted();
        await transaction(database, async (client) => {
          await client.query(`select pg_advisory_xact_lock(${partsLock('$1')})`, [pipeline]);
          const { rows } = await client.query<{ id: string }>(
            `delete from parts p where id = any($2) and ${isLeftOver} returning id`,
            [GRACE, ids],
          );
          removed.push(...rows.map(({ id }) => id).sort());
        });
      }
      return removed;
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
         from unnest($1::text[], $3::text[]) as asked (key, run)
         where exists (select from parts where object_key = key)
           or exists (select from batch_parts where object_key = key)
           or exists (select from model_versions where object_key = key)
           or exists (select from requests where brought is not null and brought ->> 'objectKey' = key)
           or exists (select from verdicts where verdict ->> 'reportKey' = key)
           or exists (select from snapshots where report_key = key)
           or exists (select from model_versions where card_key = key)
           or exists (select from training_runs r where training_set ->> 'objectKey' = key and ${isOfUse})
           or exists (select from training_runs r where winner ->> 'objectKey' = key and ${isOfUse})
           or exists (select from training_runs r where winner -> 'refit' ->> 'objectKey' = key and ${mayGoOn})
           or exists (select from candidates c join training_runs r on r.id = c.training_run
                      where result ->> 'objectKey' = key and ${mayGoOn})
           or exists (select from training_runs r where r.id = run and ${mayGoOn})`,
        [keys, UNREGISTERED, keys.map(runOfCheckpoint)],
      );
      return new Set(rows.map(({ key }) => key));
    },
  };
}

const isRead = (by: 'rollouts' | 'experiments'): string => `exists (select from ${by} r
  where r.pipeline = t.pipeline and r.generation = t.generation and r.outcome is null)`;
/**
 * Profile `p` counts a snapshot, or a window of one, that is old and not the newest; or a part of the holdout of a
 * version that was the champion last before then. A whole holdout stays: versions are compared by it.
 */
const isOldProfile = `case
  when p.subject like 'version/%/%' then not exists (
    select from traffic_history h
    where h.pipeline = p.pipeline and h.champion::text = split_part(p.subject, '/', 2)
      and not exists (
        select from traffic_history next
        where next.pipeline = h.pipeline and next.generation > h.generation and next.from_time < $1))
  else exists (
    select from snapshots s
    where s.id = coalesce(substring(p.subject from '^window/(.*)/v[0-9]+(?:/[0-9]+h)?$'), substring(p.subject from '^snapshot/(.*)$'))
      and s.as_of < $1 and s.as_of < (select max(as_of) from snapshots n where n.pipeline = s.pipeline))
  end`;
/** No server counted for tally `t` of late, and neither a rollout nor an experiment reads it. */
const isOldTally = `told_at < now() - $1::interval and not ${isRead('rollouts')} and not ${isRead('experiments')}`;

/**
 * Nothing names part `p`, it is old, and no run may be about to name it. A data run holds its pipeline's parts before
 * it looks for them, and again at each attempt of each extraction and before it names them. A step that fails gives up
 * after seven days, so a run under way shows life twice in the time of grace; one that showed none and comes back all
 * the same finds parts missing when it would name them, and fails. What is named cannot be deleted: the foreign key
 * says so.
 */
const isLeftOver = `created_at < now() - $1::interval
  and not exists (select from snapshot_parts where part = p.id)
  and not exists (select from part_holds h where h.pipeline = p.pipeline and seen_at >= now() - $1::interval)`;

/** Training run `r` is running, or can resume: its cycle is open, or was opened recently. */
const mayGoOn = `exists (select from cycles where id = r.cycle and (outcome is null or opened_at > now() - $2::interval))`;
/** The same, or it registered a version, whose holdout later windows are compared with. */
const isOfUse = `(exists (select from model_versions where training_run = r.id) or ${mayGoOn})`;
