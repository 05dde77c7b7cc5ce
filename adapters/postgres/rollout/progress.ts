import { UserError } from '../../../core/base/errors/errors.ts';
import type { Look, Progress, RolloutProgress } from '../../../core/rollout/progress.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';

/** Whether a step of it made the traffic of now. */
const holds = (one: string): string => `coalesce(${one}.step is not null and ${one}.generation = t.generation, false)`;
/** Rollouts of a pipeline take turns in this order: whatever the clocks say, the one in the traffic keeps it. */
const turn = (one: string): string => `(not ${holds(one)}, ${one}.asked_at, ${one}.id)`;

export function createRolloutProgress(database: Database): RolloutProgress {
  return {
    async of(id) {
      const { rows } = await database.query<Progress>(
        `select jsonb_build_object('id', r.id, 'pipeline', r.pipeline, 'version', r.version, 'generation', r.generation,
             'outcome', r.outcome) as rollout,
           r.passed,
           case when r.step is not null then jsonb_build_object('at', r.step, 'since',
             to_char(r.step_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end as step,
           coalesce((select jsonb_agg(jsonb_build_object('order', "order", 'by', "by", 'reason', reason) order by o.id)
             from rollout_orders o where o.rollout = r.id and o.step = r.step), '[]') as orders,
           (select jsonb_build_object('generation', generation, 'champion', champion, 'arms', shares,
               'shadow', case when shadow_of = generation then shadow end)
             from traffic where pipeline = r.pipeline) as traffic,
           (select jsonb_build_object('id', n.id, 'version', n.version) from rollouts n
             where n.pipeline = r.pipeline and n.outcome is null and n.own_run and (n.asked_at, n.id) > (r.asked_at, r.id)
             order by n.asked_at desc, n.id desc limit 1) as newer
         from rollouts r where r.id = $1`,
        [id],
      );
      if (rows[0]) return rows[0];
      throw new UserError('ROLLOUT_UNKNOWN', `There is no rollout ${id}. List them: perennial rollouts`);
    },

    async before(id) {
      const { rows } = await database.query<{ id: string }>(
        `select id from (
           select o.id, not ${holds('o')} as later, o.asked_at from rollouts r
           join rollouts o on o.pipeline = r.pipeline and o.outcome is null and o.id <> r.id
           left join traffic t on t.pipeline = r.pipeline
           where r.id = $1 and ${turn('o')} < ${turn('r')}
           union all
           -- An experiment that has begun keeps the traffic, unless a step of this rollout was there before it.
           select e.id, e.begun_at is null, e.asked_at from rollouts r
           join experiments e on e.pipeline = r.pipeline and e.outcome is null
           left join traffic t on t.pipeline = r.pipeline
           where r.id = $1 and not ${holds('r')}
             and (e.begun_at is not null or (e.asked_at, e.id) < (r.asked_at, r.id))
         ) earlier order by later, asked_at, id`,
        [id],
      );
      return rows;
    },

    async follow(id, earlier) {
      await database.query(
        `with since as (
           select h.generation, h.changed_by, h.changed_by in (
             select 'experiment ' || e.id from experiments e where e.pipeline = r.pipeline
             union all
             select 'rollout ' || c.id from rollouts c where c.pipeline = r.pipeline and c.generation = h.generation
               and c.confirmation ->> 'result' in ('confirmed', 'unproven')) as quiet
           from rollouts r join traffic_history h on h.pipeline = r.pipeline and h.generation > r.generation
           where r.id = $1
         )
         update rollouts r set generation = t.generation from traffic t
         where r.id = $1 and t.pipeline = r.pipeline and t.generation > r.generation
           -- Experiments, and confirmations that took nothing back, leave the champion what it was.
           and ((select bool_and(quiet) from since)
             or (select changed_by from since where generation = t.generation)
               in (select 'rollout ' || one from unnest($2::text[]) as one))`,
        [id, earlier],
      );
    },

    pass: (id, step, orders) =>
      transaction(database, async (client) => {
        // Orders lock the row too: each comes in time, or finds the step passed.
        await client.query('select 1 from rollouts where id = $1 for no key update', [id]);
        const { rowCount } = await client.query(
          `update rollouts set passed = greatest(passed, $2 + 1) where id = $1
             and (select count(*) from rollout_orders where rollout = $1 and step = $2) <= $3`,
          [id, step, orders],
        );
        return rowCount === 1;
      }),

    give: (id, { order, by, from, reason, at }) =>
      transaction(database, async (client) => {
        const { rows } = await client.query<{ pipeline: string; version: number; step: number }>(
          `insert into rollout_orders (rollout, step, "order", "by", reason, at)
           select id, step, $2, $3, $4, $5 from rollouts where id = $1 and outcome is null and passed <= step
           for no key update
           returning step, (select pipeline from rollouts where id = $1), (select version from rollouts where id = $1)`,
          [id, order, by, reason, at],
        );
        const [given] = rows;
        if (!given)
          throw new UserError('NOTHING_TO_ORDER', `Rollout ${id} is in no step that could be told to ${order}.`);
        const { pipeline, version, step } = given;
        const action = `${order} rollout`;
        await writeAudit(client, { who: by, from, action, pipeline, details: { rollout: id, version, step, reason } });
      }),

    async record(id, { step, at, decision, reason, arms, findings }) {
      await database.query(
        `insert into rollout_looks (rollout, number, step, at, decision, reason, arms, findings)
         select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7 from rollout_looks where rollout = $1`,
        [id, step, at, decision, reason, JSON.stringify(arms), JSON.stringify(findings)],
      );
    },

    async looks(id) {
      const { rows } = await database.query<Look>(
        'select step, at, decision, reason, arms, findings from rollout_looks where rollout = $1 order by number',
        [id],
      );
      return rows;
    },
  };
}
