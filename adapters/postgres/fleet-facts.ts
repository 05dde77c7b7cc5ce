import { readVerdict } from '../../core/drift/stored-verdict.ts';
import {
  succeedingLoops,
  type CheckOfFleet,
  type FleetFacts,
  type PipelineFacts,
  type ReadFleetFacts,
  type SucceedingLoop,
} from '../../core/runs/fleet-facts.ts';
import { byPipeline } from '../../core/runs/crowd.ts';
import { before, MINUTE, type Instant } from '../../core/time/time.ts';
import type { Database } from './database.ts';
import type { QueryResultRow } from 'pg';

type Line = Pick<PipelineFacts, 'pipeline' | 'metric' | 'floor' | 'champion' | 'trains' | 'requests' | 'waitsFor'> &
  Record<SucceedingLoop, Instant | null> & { perWeek: number; spent: number; verdict: string | null };

type Ended = PipelineFacts['ended'][number] & { pipeline: string };
type Automated = PipelineFacts['automations'][number] & { pipeline: string };
/** Years of cycles are counted: a thousand pipelines have 100,000 after two, which takes longer than all else. */
const COUNTED_EVERY = 5 * MINUTE;

/** For when a loop last did its work, of the pipeline p. */
const successOf: Record<SucceedingLoop, string> = {
  data: `select as_of from snapshots s where s.pipeline = p.name and status = 'published' order by as_of desc limit 1`,
  training: `select as_of from cycles c where c.pipeline = p.name and outcome ->> 'result' not in ('failed', 'cancelled')
             order by as_of desc limit 1`,
  prediction: `select max(as_of) from batches b where b.pipeline = p.name and status = 'published'`,
  monitoring: 'select max(as_of) from verdicts v where v.pipeline = p.name',
};

/** Reads no verdict twice: of each pipeline the newest is kept. */
export function createFleetFacts(database: Database): ReadFleetFacts {
  const checks = new Map<string, { id: string; check: CheckOfFleet }>();
  const select = async <Row extends QueryResultRow>(sql: string, ...values: unknown[]): Promise<Row[]> =>
    (await database.query<Row>(sql, values)).rows;

  const lines = (now: Instant): Promise<Line[]> =>
    select<Line>(
      `select p.name as pipeline, d.declaration -> 'gates' ->> 'metric' as metric,
         (d.declaration -> 'gates' ->> 'floor')::float8 as floor,
         (d.declaration -> 'retraining' ->> 'trainingsPerWeek')::int as "perWeek",
         (select count(*) from cycles c where c.pipeline = p.name and as_of > $1
          and outcome ->> 'result' is distinct from 'nothing new')::int as spent,
         exists (select from cycles c where c.pipeline = p.name and outcome is null) as trains,
         (select count(*) from requests r where r.pipeline = p.name and cycle is null)::int as requests,
         (select what from retraining_waits w where w.pipeline = p.name and cycle is null and ended_at is null
          order by id desc limit 1) as "waitsFor",
         (select r.as_of from traffic t join model_versions m on m.pipeline = t.pipeline and m.version = t.champion
          join training_runs r on r.id = m.training_run where t.pipeline = p.name) as champion,
         (select id from verdicts v where v.pipeline = p.name order by as_of desc limit 1) as verdict,
         ${succeedingLoops.map((loop) => `(${successOf[loop]}) as ${loop}`).join(', ')}
       from pipelines p join revisions d on d.pipeline = p.name and d.revision = p.revision order by p.name`,
      before(now, '7 days'),
    );

  async function takeUp(newest: readonly Line[]): Promise<void> {
    const unknown = newest.filter(({ pipeline, verdict }) => verdict !== null && checks.get(pipeline)?.id !== verdict);
    const read = await select<{ id: string; pipeline: string; check: CheckOfFleet & { score: null } }>(
      `select id, pipeline, verdict - '{columns,score}'::text[] as check from verdicts where id = any($1)`,
      unknown.map(({ verdict }) => verdict),
    );
    for (const { id, pipeline, check } of read) checks.set(pipeline, { id, check: readVerdict(check) });
    const applied = new Set(newest.map(({ pipeline }) => pipeline));
    for (const pipeline of checks.keys()) if (!applied.has(pipeline)) checks.delete(pipeline);
  }

  let counted: { at: number; ended: Ended[]; automated: Automated[] } | null = null;
  async function countPast() {
    if (counted === null || performance.now() - counted.at > COUNTED_EVERY) {
      const ended = await select<Ended>(
        `select pipeline, outcome ->> 'result' as result, count(*)::int as count
         from cycles where outcome is not null group by 1, 2 order by 1, 2`,
      );
      const automated = await select<Automated>(
        'select pipeline, state, count(*)::int as count from automation_runs group by 1, 2 order by 1, 2',
      );
      counted = { at: performance.now(), ended, automated };
    }
    return counted;
  }

  return async (now) => {
    const all = await lines(now);
    await takeUp(all);
    const past = await countPast();
    const [ended, automated] = [byPipeline(past.ended), byPipeline(past.automated)];
    const alerts = await select<FleetFacts['alerts'][number]>(
      `select pipeline, kind, severity, count(*)::int as count from alerts
       where resolved_at is null and under is null and (silenced_until is null or silenced_until <= $1)
       group by 1, 2, 3 order by 1, 2, 3`,
      now,
    );
    const [deliveries] = await select<{ oldestDeliveryMs: number | null }>(
      `select (extract(epoch from now() - min(created_at)) * 1000)::float8 as "oldestDeliveryMs"
       from alert_deliveries where delivered_at is null and given_up_at is null`,
    );
    return {
      pipelines: all.map(({ perWeek, spent, verdict, data, training, prediction, monitoring, ...line }) => ({
        ...line,
        check: verdict === null ? null : (checks.get(line.pipeline)?.check ?? null),
        succeeded: { data, training, prediction, monitoring },
        ended: ended(line.pipeline).map(({ result, count }) => ({ result, count })),
        automations: automated(line.pipeline).map(({ state, count }) => ({ state, count })),
        budgetLeft: Math.max(0, perWeek - spent),
      })),
      alerts,
      oldestDeliveryMs: deliveries?.oldestDeliveryMs ?? null,
    };
  };
}
