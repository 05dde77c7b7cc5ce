import { UserError } from '../../../core/base/errors/errors.ts';
import { experimentId } from '../../../core/base/ids.ts';
import type { Experiment, Experiments, Standing } from '../../../core/experiments/experiments.ts';
import type { Look } from '../../../core/experiments/look.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';
import { lockPipeline } from '../lock-pipeline.ts';

const columns = `e.id, e.pipeline, e.revision, e.plan, e.generation, e.reason, e.asked_by as "askedBy",
  e.asked_at as "askedAt", e.begun_at as "begunAt", e.divided_at as "dividedAt", e.taken_out as out, e.stop, e.outcome`;

/** Looks that decided nothing, at most. */
const MOST_LOOKS = 240;

export function createExperiments(database: Database): Experiments {
  return {
    ask({ pipeline: { name, revision }, plan, reason, askedAt }, actor) {
      return transaction(database, async (client) => {
        await lockPipeline(client, name);
        const { rows: before } = await client.query<{ count: number; running: string | null }>(
          `select count(*), max(id) filter (where outcome is null) as running from experiments where pipeline = $1`,
          [name],
        );
        const { count, running } = before[0]!;
        if (running !== null) throw busyWith(running, name);
        const { rows } = await client.query<Experiment>(
          `insert into experiments as e (id, pipeline, number, revision, plan, reason, asked_by, via, asked_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${columns}`,
          [experimentId(name, count + 1), name, count + 1, revision, plan, reason, actor.name, actor.from, askedAt],
        );
        const { id } = rows[0]!;
        const details = { experiment: id, versions: plan.arms, metric: plan.goal.name, reason };
        const action = 'start experiment';
        await writeAudit(client, { who: actor.name, from: actor.from, action, pipeline: name, details });
        return rows[0]!;
      });
    },

    async get(id) {
      const { rows } = await database.query<Experiment>(`select ${columns} from experiments e where id = $1`, [id]);
      if (rows[0]) return rows[0];
      throw unknown(id);
    },

    async standing(id) {
      const { rows } = await database.query<Experiment & Omit<Standing, 'experiment'>>(
        `select ${columns},
           (select jsonb_build_object('generation', generation, 'champion', champion, 'arms', shares,
               'shadow', case when shadow_of = t.generation then shadow end)
             from traffic t where t.pipeline = e.pipeline) as traffic,
           coalesce((select jsonb_agg(r.id order by r.asked_at, r.id) from rollouts r
             left join traffic t on t.pipeline = r.pipeline
             where r.pipeline = e.pipeline and r.outcome is null and e.begun_at is null and
               ((r.asked_at, r.id) < (e.asked_at, e.id) or (r.step is not null and r.generation = t.generation))),
             '[]') as waits
         from experiments e where e.id = $1`,
        [id],
      );
      if (!rows[0]) throw unknown(id);
      const { traffic, waits, ...experiment } = rows[0];
      return { experiment, traffic, waits };
    },

    async list({ pipeline, limit }) {
      const { rows } = await database.query<Experiment>(
        `select ${columns} from experiments e where $1::text is null or pipeline = $1
         order by asked_at desc, number desc limit $2`,
        [pipeline ?? null, limit],
      );
      return rows;
    },

    async takeOut(id, out) {
      await database.query(
        `update experiments set taken_out = taken_out || $2::jsonb where id = $1 and outcome is null
           and not exists (select from jsonb_array_elements(taken_out) as one where one -> 'version' = $2::jsonb -> 'version')`,
        [id, JSON.stringify(out)],
      );
    },

    stop: (id, { reason }, { name: by, from }) =>
      transaction(database, async (client) => {
        const { rows } = await client.query<{ pipeline: string }>(
          `update experiments set stop = coalesce(stop, $2) where id = $1 and outcome is null returning pipeline`,
          [id, JSON.stringify({ by, reason })],
        );
        if (!rows[0]) throw new UserError('NOTHING_TO_ORDER', `Experiment ${id} has ended already.`);
        const details = { experiment: id, reason };
        await writeAudit(client, { who: by, from, action: 'stop experiment', pipeline: rows[0].pipeline, details });
      }),

    record: (id, look) =>
      transaction(database, async (client) => {
        const decides = look.decision === 'take out' || look.decision === 'end';
        await client.query('insert into experiment_looks (experiment, at, decides, look) values ($1, $2, $3, $4)', [
          id,
          look.at,
          decides,
          look,
        ]);
        // The one whose neighbours are closest in time goes, so what is left is spread evenly however long it takes.
        await client.query(
          `delete from experiment_looks where experiment = $1 and number = (
             select number from (
               select number, decides, count(*) filter (where not decides) over () as ordinary,
                 lead(at) over w - lag(at) over w as gap
               from experiment_looks where experiment = $1 window w as (order by number)
             ) looks
             where not decides and gap is not null and ordinary > $2 order by gap, number limit 1)`,
          [id, MOST_LOOKS],
        );
      }),

    async looks(id) {
      const { rows } = await database.query<{ look: Look }>(
        'select look from experiment_looks where experiment = $1 order by number',
        [id],
      );
      return rows.map(({ look }) => look);
    },

    async end(id, outcome) {
      await database.query('update experiments set outcome = $2 where id = $1 and outcome is null', [id, outcome]);
    },
  };
}

const unknown = (id: string): UserError =>
  new UserError('EXPERIMENT_UNKNOWN', `There is no experiment ${id}. List them: perennial experiments status`);

const busyWith = (id: string, pipeline: string): UserError =>
  new UserError(
    'REQUEST_INVALID',
    `Experiment ${id} is running, and two at once would change each other's shares. Wait until it has ended, or end it: ` +
      `perennial experiments stop ${pipeline}`,
  );
