import type { CheckInShort, Crowd, PausedLoop, SnapshotInShort } from '../../core/runs/crowd.ts';
import { readVerdict } from '../../core/drift/stored-verdict.ts';
import type { Verdict } from '../../core/drift/verdict.ts';
import type { Cycle, RetrainRequest } from '../../core/training/retraining/retraining.ts';
import type { Instant } from '../../core/time/time.ts';
import type { Database } from './database.ts';
import { listedColumns, toVersion, versionColumns, type VersionRow } from './training/model-versions.ts';
import { cycleColumns, requestColumns } from './training/retraining-ledger.ts';
import type { QueryResultRow } from 'pg';

export function createCrowd(database: Database): Crowd {
  const select = async <Row extends QueryResultRow>(sql: string, ...values: unknown[]): Promise<Row[]> =>
    (await database.query<Row>(sql, values)).rows;
  /** The first rows of each pipeline, by an index: Postgres looks into it once a pipeline, within one query. */
  const each = (columns: string, from: string): string =>
    `select f.* from unnest($1::text[]) as p (name) cross join lateral (select ${columns} from ${from}) f`;

  return {
    metrics: (pipelines) =>
      select<{ pipeline: string; metric: string | null }>(
        `select pipeline, declaration -> 'gates' ->> 'metric' as metric from revisions
         join unnest($1::text[], $2::text[]) as p (name, applied) on pipeline = name and revision = applied`,
        pipelines.map(({ name }) => name),
        pipelines.map(({ revision }) => revision),
      ),

    champions: async (pipelines) =>
      (
        await select<VersionRow>(
          `select ${versionColumns} from traffic s
           join model_versions v on v.pipeline = s.pipeline and v.version = s.champion
           join training_runs t on t.id = v.training_run
           where s.pipeline = any($1::text[])`,
          pipelines,
        )
      ).map(toVersion),

    versions: async (wanted) =>
      (
        await select<VersionRow>(
          `select ${listedColumns} from unnest($1::text[], $2::int[]) as w (pipeline, version)
           join model_versions v on v.pipeline = w.pipeline and v.version = w.version
           join training_runs t on t.id = v.training_run`,
          wanted.map(({ pipeline }) => pipeline),
          wanted.map(({ version }) => version),
        )
      ).map(toVersion),

    snapshots: (pipelines) =>
      select<SnapshotInShort>(
        each(
          `id, pipeline, as_of as "asOf", status,
           (select coalesce(sum(rows), 0)::bigint from snapshot_parts join parts p on p.id = part
            where snapshot = s.id and kind = 'rows') as rows`,
          `snapshots s where pipeline = p.name and status = 'published' order by as_of desc, created_at desc limit 1`,
        ),
        pipelines,
      ),

    predictions: (pipelines, since) =>
      select<{ pipeline: string; count: number }>(
        `select pipeline, count(*) as count from predictions
         where pipeline = any($1::text[]) and time >= $2 group by pipeline`,
        pipelines,
        since,
      ),

    verdicts: async (pipelines) =>
      (
        await select<{ verdict: Verdict }>(
          each('verdict', 'verdicts where pipeline = p.name order by as_of desc limit 1'),
          pipelines,
        )
      ).map(({ verdict }) => readVerdict(verdict)),

    checks: async (pipelines, limit) =>
      (
        await select<{ check: CheckInShort }>(
          each(
            `verdict - '{columns,score,concept}'::text[] as check`,
            'verdicts where pipeline = p.name order by as_of desc limit $2',
          ),
          pipelines,
          limit,
        )
      ).map(({ check }) => check),

    cycles: (pipelines, limit) =>
      select<Cycle>(
        each(cycleColumns, 'cycles c where c.pipeline = p.name order by c.as_of desc, c.opened_at desc limit $2'),
        pipelines,
        limit,
      ),

    openAlerts: (pipelines) =>
      select<{ pipeline: string; critical: number; warnings: number }>(
        `select pipeline, count(*) filter (where severity = 'critical') as critical,
           count(*) filter (where severity = 'warning') as warnings
         from alerts where pipeline = any($1::text[]) and resolved_at is null group by pipeline`,
        pipelines,
      ),

    openRequests: (pipelines) =>
      select<RetrainRequest>(
        `select ${requestColumns} from requests where pipeline = any($1::text[]) and cycle is null order by asked_at, id`,
        pipelines,
      ),

    paused: (pipelines) =>
      select<PausedLoop>(
        each(
          'p.name as pipeline, last.loop, last.at, last.by, last.reason',
          `(select distinct on (loop) loop, at, who as by, action, details ->> 'reason' as reason
            from audit, jsonb_array_elements_text(details -> 'loops') loop
            where pipeline = p.name and action in ('pause', 'resume') order by loop, id desc) last
           where action = 'pause' order by last.at, last.loop`,
        ),
        pipelines,
      ),

    waits: (pipelines) =>
      select<{ pipeline: string; until: Instant; why: string }>(
        `select pipeline, until, why from retraining_waits
         where pipeline = any($1::text[]) and cycle is null and ended_at is null order by id desc`,
        pipelines,
      ),
  };
}
