import { UserError } from '../../../core/base/errors/errors.ts';
import { readVerdict } from '../../../core/drift/stored-verdict.ts';
import type { Verdict } from '../../../core/drift/verdict.ts';
import type { Asked, CycleHead, Happened, Stories, Wait, Waiting } from '../../../core/story/story.ts';
import { changeReasons, isOfChange, type ChangeReason } from '../../../core/training/retraining/retraining.ts';
import type { Database } from '../database.ts';
import type { QueryResultRow } from 'pg';

const headColumns = `id, pipeline, reason, as_of as "asOf", drift_since as "driftSince", reopened, outcome`;
const waitColumns = `what, why, from_time as "from", until, ended_at as "endedAt"`;
/** A story has few changes of level: a drift that flaps for weeks is told by its first ones. */
const MOST = 20;

/** Of messages of earlier releases, which have no facts. */
const subject = `regexp_replace(t.subject, '^\\[perennial \\w+\\] (worse: )?', '')`;

/** What a check tells of a change, and whether it can. */
const told: Record<ChangeReason, { tells: string; can: string }> = {
  drift: { tells: 'level', can: `verdict ->> 'abstained' is null` },
  decay: { tells: `verdict -> 'concept' ->> 'decayed'`, can: `verdict ? 'concept'` },
};
interface Within {
  pipeline: string;
  from: string;
  to: string | null;
  /** null: of any. */
  version: number | null;
  reason: ChangeReason;
}

export function createStories(database: Database): Stories {
  const select = async <Row extends QueryResultRow>(sql: string, ...values: unknown[]): Promise<Row[]> =>
    (await database.query<Row>(sql, values)).rows;

  /** Of the checks between two times that can tell: those that tell otherwise than the one before. */
  async function changes({ pipeline, from, to, version, reason }: Within): Promise<Verdict[]> {
    const { tells, can } = told[reason];
    const rows = await select<{ verdict: Verdict }>(
      `select verdict from (
         select verdict, as_of, ${tells} as told, lag(${tells}) over (order by as_of) as before from verdicts
         where pipeline = $1 and as_of >= $2 and ($3::timestamptz is null or as_of <= $3)
           and ($4::int is null or verdict -> 'version' = to_jsonb($4::int)) and ${can}
       ) v where before is distinct from told order by as_of limit ${MOST}`,
      pipeline,
      from,
      to,
      version,
    );
    return rows.map(({ verdict }) => readVerdict(verdict));
  }

  /** The first of each reason, and how many there are. */
  async function asked(which: 'cycle = $1' | 'pipeline = $1 and cycle is null', id: string): Promise<Asked> {
    const reasons = await select<Asked['reasons'][number]>(
      `select reason, count(*) as count, min(as_of) as first, max(as_of) as last,
         (array_agg(detail order by asked_at, id))[1] as detail
       from requests where ${which} group by reason order by min(as_of), reason`,
      id,
    );
    return { total: reasons.reduce((sum, { count }) => sum + count, 0), reasons };
  }

  async function later({ pipeline, reason, asOf, outcome }: CycleHead): Promise<Happened['later']> {
    if (!outcome || !isOfChange(reason)) return { checks: 0, changes: [], last: null };
    const version = outcome.result === 'promoted' ? outcome.version : null;
    const [next] = await select<{ next: string | null }>(
      `select min(as_of) as next from cycles where pipeline = $1 and reason in ('drift', 'decay') and as_of > $2`,
      pipeline,
      asOf,
    );
    const until = next?.next ?? null;
    const [last] = await select<{ verdict: Verdict; checks: number }>(
      `select verdict, count(*) over () as checks from verdicts
       where pipeline = $1 and as_of >= $2 and ($3::timestamptz is null or as_of <= $3)
         and ($4::int is null or verdict -> 'version' = to_jsonb($4::int)) and ${told[reason].can}
       order by as_of desc limit 1`,
      pipeline,
      outcome.endedAt,
      until,
      version,
    );
    if (!last) return { checks: 0, changes: [], last: null };
    return {
      checks: last.checks,
      changes: await changes({ pipeline, from: outcome.endedAt, to: until, version, reason }),
      last: readVerdict(last.verdict),
    };
  }

  return {
    async cycle(pipeline, id) {
      const [found] = await select<CycleHead>(
        `select ${headColumns} from cycles where pipeline = $1 and ($2::text is null or id = $2)
         order by as_of desc, opened_at desc limit 1`,
        pipeline,
        id ?? null,
      );
      if (found || id === undefined) return found ?? null;
      throw new UserError(
        'CYCLE_UNKNOWN',
        `${pipeline} has no cycle ${id}. To list its newest: perennial status ${pipeline}`,
      );
    },

    async happened(cycle) {
      const { id, pipeline, reason, asOf, driftSince, outcome } = cycle;
      const since = driftSince ?? asOf;
      const [requests, waits, before, alerts, reopened, after] = await Promise.all([
        asked('cycle = $1', id),
        select<Wait>(`select ${waitColumns} from retraining_waits where cycle = $1 order by id limit ${MOST}`, id),
        driftSince === null || !isOfChange(reason)
          ? []
          : changes({ pipeline, from: driftSince, to: asOf, version: null, reason }),
        select<Happened['told'][number]>(
          `select id as telling, at, summary from (
             select t.id, coalesce(t.facts ->> 'summary', ${subject}) as summary,
               coalesce((t.facts ->> 'lastSeenAt')::timestamptz, case t.telling when 'opened' then a.opened_at else t.told_at end) as at
             from alerts a join alert_tellings t on t.alert = a.id
             where a.pipeline = $1 and a.last_seen_at >= $2 and ($3::timestamptz is null or a.opened_at <= $3)
               and t.telling in ('opened', 'worse')
           ) m where at >= $2 and ($3::timestamptz is null or at <= $3) order by at, id limit ${MOST}`,
          pipeline,
          since,
          outcome?.endedAt ?? null,
        ),
        select<{ reason: string }>(
          `select details -> 'outcome' ->> 'reason' as reason from audit
           where pipeline = $1 and action = 'reopen' and details ->> 'cycle' = $2 order by id limit ${MOST}`,
          pipeline,
          id,
        ),
        later(cycle),
      ]);
      return { asked: requests, waits, changes: before, told: alerts, reopened, later: after };
    },

    async waiting(pipeline) {
      const [requests, waits, since] = await Promise.all([
        asked('pipeline = $1 and cycle is null', pipeline),
        select<Wait>(
          `select ${waitColumns} from retraining_waits where pipeline = $1 and cycle is null order by id limit ${MOST}`,
          pipeline,
        ),
        select<{ reason: ChangeReason; from: string | null }>(
          `select reason, min(drift_since) as "from" from requests
           where pipeline = $1 and cycle is null and reason = any($2) group by reason`,
          pipeline,
          changeReasons,
        ),
      ]);
      const found: Waiting['changes'] = { drift: [], decay: [] };
      for (const { reason, from } of since)
        if (from !== null) found[reason] = await changes({ pipeline, from, to: null, version: null, reason });
      return { asked: requests, waits, changes: found };
    },
  };
}
