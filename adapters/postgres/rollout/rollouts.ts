import { UserError } from '../../../core/base/errors/errors.ts';
import { rolloutId, versionName } from '../../../core/base/ids.ts';
import type { Rollout, Rollouts } from '../../../core/rollout/rollouts.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';
import { lockPipeline } from '../lock-pipeline.ts';
import type { PoolClient } from 'pg';

const columns = `id, pipeline, revision, version, cycle, generation, reason, asked_by as "askedBy", asked_at as "askedAt",
  own_run as "ownRun", outcome, confirmation`;

export function createRollouts(database: Database): Rollouts {
  async function runningOf(pipeline: string, client: Database | PoolClient = database): Promise<Rollout[]> {
    const { rows } = await client.query<Rollout>(
      `select ${columns} from rollouts where pipeline = $1 and outcome is null order by asked_at, id`,
      [pipeline],
    );
    return rows;
  }

  async function find(id: string): Promise<Rollout | null> {
    const { rows } = await database.query<Rollout>(`select ${columns} from rollouts where id = $1`, [id]);
    return rows[0] ?? null;
  }

  return {
    async ask({ cycle, pipeline, revision, version, generation, reason, askedBy, askedAt, ownRun }) {
      // A training that began with an earlier release and continues on this one hands its rollout over.
      const { rows } = await database.query<Rollout>(
        `insert into rollouts (id, cycle, pipeline, revision, version, generation, reason, asked_by, asked_at, own_run, outcome)
         values ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, (select outcome from cycles where id = $1))
         on conflict (id) do update set own_run = rollouts.own_run or excluded.own_run returning ${columns}`,
        [cycle, pipeline, revision, version, generation, reason, askedBy, askedAt, ownRun],
      );
      return rows[0]!;
    },

    askByHand({ pipeline: { name, revision }, version, generation, reason, askedAt }, actor) {
      return transaction(database, async (client) => {
        await lockPipeline(client, name);
        const running = await runningOf(name, client);
        const same = running.find((rollout) => rollout.cycle === null && rollout.version === version);
        if (same) return same;
        // Nobody is there to ask again for what an experiment found: it takes its turn.
        if (running[0] && actor.from !== 'automation') throw busyWith(running[0]);
        const { rows: before } = await client.query<{ count: number }>(
          'select count(*) from rollouts where pipeline = $1 and version = $2 and generation = $3 and cycle is null',
          [name, version, generation],
        );
        const id = rolloutId(name, version, generation, before[0]!.count + 1);
        const { rows } = await client.query<Rollout>(
          `insert into rollouts (id, pipeline, revision, version, generation, reason, asked_by, via, asked_at, own_run)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, true) returning ${columns}`,
          [id, name, revision, version, generation, reason, actor.name, actor.from, askedAt],
        );
        const details = { rollout: id, version, reason };
        await writeAudit(client, { who: actor.name, from: actor.from, action: 'roll out', pipeline: name, details });
        return rows[0]!;
      });
    },

    async get(id) {
      const found = await find(id);
      if (found) return found;
      throw new UserError('ROLLOUT_UNKNOWN', `There is no rollout ${id}. List them: perennial rollouts`);
    },

    running: (pipeline) => runningOf(pipeline),
    ofCycle: find,

    async end(id, outcome) {
      await database.query('update rollouts set outcome = $2 where id = $1 and outcome is null', [id, outcome]);
    },

    async endConfirmation(id, confirmation) {
      await database.query('update rollouts set confirmation = $2 where id = $1 and confirmation is null', [
        id,
        confirmation,
      ]);
    },

    async list({ pipeline, limit }) {
      const { rows } = await database.query<Rollout>(
        `select ${columns} from rollouts where $1::text is null or pipeline = $1 order by asked_at desc, id desc limit $2`,
        [pipeline ?? null, limit],
      );
      return rows;
    },
  };
}

function busyWith({ id, pipeline, version, cycle }: Rollout): UserError {
  const which = `${pipeline} ${versionName(version)}`;
  const advice = [
    `${versionName(version)} of ${pipeline} is being rolled out (${id}). Wait until that has ended.`,
    `If it waits for approval, decide with "perennial approve ${which}".`,
    // The retraining loop restarts the run of a cycle's rollout.
    ...(cycle === null ? [`If its run was terminated, restart it with "perennial rollouts start ${which}".`] : []),
  ];
  return new UserError('REQUEST_INVALID', advice.join(' '));
}
