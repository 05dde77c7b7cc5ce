import { type Database } from '../../../adapters/postgres/database.ts';
import { contentId } from '../../../core/base/ids.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { aDriftReport, aModelVersion, aPipeline } from '../../reports/fixtures.ts';

export const CROWD = 1_000;
export const crowdName = (i: number): string => `p${String(i).padStart(4, '0')}`;

/**
 * Pipelines, a thousand unless told, as they are after a while: each with a champion, snapshots, verdicts, cycles, and `requests` requests that
 * were settled. Written by a few statements; returns their declaration.
 */
export async function insertCrowd(database: Database, { requests = 160, pipelines = CROWD } = {}): Promise<Pipeline> {
  const declaration = aPipeline();
  const names = Array.from({ length: pipelines }, (_, i) => crowdName(i));
  const { splits, evaluation, gate } = aModelVersion();
  const { verdict } = aDriftReport({ moved: false });
  const ask = (sql: string, ...values: unknown[]) => database.query(sql, [names, ...values]);
  await ask(
    `insert into revisions (pipeline, revision, declaration, created_by)
     select name, $2, $3::jsonb || jsonb_build_object('name', name), 'the test' from unnest($1::text[]) as p (name)`,
    contentId(declaration),
    declaration,
  );
  await ask(`insert into pipelines (name, revision) select name, $2 from unnest($1::text[]) as p (name)`, contentId(declaration)); // prettier-ignore
  await ask(
    `insert into snapshots (id, pipeline, revision, as_of, status)
     select name || '/s' || day, name, 'r1', '2026-03-01'::timestamptz + day * interval '1 day', 'published'
     from unnest($1::text[]) as p (name), generate_series(1, 5) as day`,
  );
  await ask(
    `insert into cycles (id, pipeline, reason, as_of, outcome)
     select name || '/c' || week, name, 'schedule', '2026-01-04'::timestamptz + week * interval '7 days',
       '{"result": "promoted", "version": 1, "reason": "better", "endedAt": "2026-03-01T03:10:00.000Z"}'
     from unnest($1::text[]) as p (name), generate_series(1, 8) as week`,
  );
  await ask(
    `insert into requests (id, pipeline, reason, as_of, detail, cycle)
     select name || '/r' || n, name, 'schedule', '2026-01-04'::timestamptz + n * interval '1 hour', 'due', name || '/c' || (1 + n % 8)
     from unnest($1::text[]) as p (name), generate_series(1, $2::int) as n`,
    requests,
  );
  await ask(
    `insert into training_runs (id, pipeline, revision, cycle, as_of, snapshot, generation)
     select name || '/t', name, $2, name || '/c8', '2026-03-01', name || '/s5', 0 from unnest($1::text[]) as p (name)`,
    contentId(declaration),
  );
  await ask(
    `insert into model_versions (pipeline, version, revision, training_run, candidate, object_key, sha256, stage, evidence)
     select name, 1, $2, name || '/t', 'logistic', 'models/' || name, 'ab', 'production', $3 from unnest($1::text[]) as p (name)`,
    contentId(declaration),
    { splits, evaluation, gate },
  );
  await ask(
    `insert into traffic (pipeline, generation, champion, shares)
     select name, 1, 1, '[{"version": 1, "share": 1}]' from unnest($1::text[]) as p (name)`,
  );
  await ask(
    `insert into verdicts (id, pipeline, as_of, level, verdict)
     select name || '/v' || hour, name, '2026-03-04'::timestamptz + hour * interval '1 hour', 'stable',
       $2::jsonb || jsonb_build_object('id', name || '/v' || hour, 'pipeline', name)
     from unnest($1::text[]) as p (name), generate_series(1, 5) as hour`,
    verdict,
  );
  await database.query('analyze');
  return declaration;
}

/** Counts what is asked of a database from now on. */
export function countQueries(database: Database): { asked: () => number; mostAtOnce: () => number } {
  const query = database.query.bind(database) as (...given: unknown[]) => Promise<unknown>;
  let [asked, now, most] = [0, 0, 0];
  Object.assign(database, {
    async query(...given: unknown[]) {
      asked++;
      most = Math.max(most, ++now);
      return query(...given).finally(() => now--);
    },
  });
  return { asked: () => asked, mostAtOnce: () => most };
}
