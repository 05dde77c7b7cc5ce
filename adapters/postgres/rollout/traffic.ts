import { UserError } from '../../../core/base/errors/errors.ts';
import { versionName } from '../../../core/base/ids.ts';
import {
  sameDivision,
  type CurrentTraffic,
  type Traffic,
  type TrafficChange,
  type TrafficTable,
} from '../../../core/rollout/traffic.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';
import { lockPipeline } from '../lock-pipeline.ts';
import { createModelVersions } from '../training/model-versions.ts';
import type { PoolClient } from 'pg';

/** A shadow belongs to the generation that named it: earlier releases change the traffic without a word about it. */
const trafficColumns = `pipeline, generation, champion, shares as arms, previous,
  case when shadow_of = generation then shadow end as shadow`;
const historyColumns = 'pipeline, generation, champion, shares as arms, previous, shadow';

/** Told to replicas by NOTIFY, with the pipeline's name as payload. */
export const TRAFFIC_CHANNEL = 'perennial_traffic';

export function createTrafficTable(database: Database): TrafficTable {
  const modelVersions = createModelVersions(database);

  return {
    get: (pipeline) => readTraffic(database, pipeline),

    async list(pipelines) {
      const { rows } = await database.query<CurrentTraffic>(
        `select ${trafficColumns}, changed_at as "changedAt" from traffic
         where $1::text[] is null or pipeline = any($1) order by pipeline`,
        [pipelines ?? null],
      );
      return rows;
    },

    async at(pipeline, moment) {
      const { rows } = await database.query<Traffic>(
        `select ${historyColumns} from traffic_history
         where pipeline = $1 and (from_time <= $2
           or generation = (select min(generation) from traffic_history where pipeline = $1))
         order by generation desc limit 1`,
        [pipeline, moment],
      );
      return rows[0] ?? null;
    },

    promote: ({ version, keepsFormer = false, ...change }) =>
      changeTraffic(change, (now) => {
        const former = now?.champion === version ? now.previous : (now?.champion ?? null);
        return { champion: version, arms: [{ version, share: 1 }], shadow: keepsFormer ? former : null };
      }),

    divide: ({ arms, shadow, ...change }) =>
      changeTraffic(change, (now) => {
        if (now) return { champion: now.champion, arms, shadow };
        throw new UserError('NO_CHAMPION', `${change.pipeline} has no champion to divide its traffic with.`);
      }),
  };

  async function changeTraffic(
    { pipeline, expectedGeneration, at, by, from, reason, rollout, experiment }: TrafficChange,
    wantedOf: (now: Traffic | null) => Pick<Traffic, 'champion' | 'arms' | 'shadow'>,
  ): Promise<Traffic> {
    return transaction(database, async (client) => {
      await lockPipeline(client, pipeline);
      const now = await readTraffic(client, pipeline);
      const { champion, arms, shadow } = wantedOf(now);
      for (const version of versionsOf({ arms, shadow })) await modelVersions.get(pipeline, version);
      if (experiment !== undefined) await requireRunning(client, experiment);
      const generation = now?.generation ?? 0;
      const serving = now?.champion ?? null;
      // Asked again after it succeeded: the answer was lost, the deed was not. A rollout or an experiment knows what it made.
      const made = rollout || experiment ? [expectedGeneration, expectedGeneration + 1] : [expectedGeneration + 1];
      if (now && sameDivision(now, { champion, arms, shadow }) && made.includes(generation)) return now;
      if (generation !== expectedGeneration)
        throw new UserError(
          'TRAFFIC_SUPERSEDED',
          `The traffic of ${pipeline} is at generation ${generation}, not ${expectedGeneration}: someone changed it ` +
            `meanwhile, and ${serving === null ? 'nothing' : versionName(serving)} serves. See: perennial status ${pipeline}`,
        );
      const previous = serving === champion ? now?.previous : serving;
      await client.query(
        `insert into traffic (pipeline, generation, champion, shares, previous, shadow, shadow_of)
         values ($1, $2, $3, $4, $5, $6, $2)
         on conflict (pipeline) do update set generation = excluded.generation, champion = excluded.champion,
           shares = excluded.shares, previous = excluded.previous, shadow = excluded.shadow,
           shadow_of = excluded.shadow_of, changed_at = now()`,
        [pipeline, generation + 1, champion, JSON.stringify(arms), previous, shadow],
      );
      // A machine whose clock is late must not begin before what it replaces.
      await client.query(
        `insert into traffic_history (pipeline, generation, champion, shares, previous, shadow, from_time, changed_by)
         select pipeline, generation, champion, shares, previous, shadow,
           greatest($2, (select max(from_time) from traffic_history where pipeline = $1)), $3
         from traffic where pipeline = $1`,
        [pipeline, at, by],
      );
      // At no time are two in production. A former champion that only scores on is no candidate.
      const staged = versionsOf({ arms, shadow: shadow === previous ? null : shadow });
      await client.query(
        `update model_versions set stage = case when version = any($3) then 'staging' else 'archived' end
         where pipeline = $1 and version <> $2 and (stage = 'production' or version = any($3) or version = any($4))`,
        [pipeline, champion, staged, now ? versionsOf(now) : []],
      );
      await client.query(`update model_versions set stage = 'production' where pipeline = $1 and version = $2`, [
        pipeline,
        champion,
      ]);
      if (rollout)
        await client.query(
          `update rollouts set generation = $2, step = coalesce($3, step),
             step_since = case when $3::int is null then step_since else $4 end,
           confirmation = coalesce(confirmation, $5) where id = $1`,
          [rollout.id, generation + 1, rollout.step, at, rollout.confirmation ?? null],
        );
      if (experiment !== undefined)
        await client.query(
          `update experiments set generation = $2, divided_at = $3, begun_at = coalesce(begun_at, $3) where id = $1`,
          [experiment, generation + 1, at],
        );
      const shares = arms.length > 1 && { arms };
      const details = {
        version: champion,
        previous: serving,
        ...shares,
        ...(shadow !== null && { shadow }),
        generation: generation + 1,
        reason,
      };
      const action = serving === champion && (rollout || experiment) ? 'divide' : 'promote';
      await writeAudit(client, { who: by, from, action, pipeline, details });
      await client.query('select pg_notify($1, $2)', [TRAFFIC_CHANNEL, pipeline]);
      return (await readTraffic(client, pipeline))!;
    });
  }
}

const versionsOf = ({ arms, shadow }: Pick<Traffic, 'arms' | 'shadow'>): number[] => [
  ...arms.map(({ version }) => version),
  ...(shadow === null ? [] : [shadow]),
];

/** An attempt that outlived its experiment must not divide the traffic again: nobody would watch it. */
async function requireRunning(client: PoolClient, experiment: string): Promise<void> {
  const { rowCount } = await client.query(
    'select from experiments where id = $1 and outcome is null for no key update',
    [experiment],
  );
  if (rowCount === 0) throw new UserError('TRAFFIC_SUPERSEDED', `Experiment ${experiment} has ended.`);
}

async function readTraffic(client: Database | PoolClient, pipeline: string): Promise<Traffic | null> {
  const { rows } = await client.query<Traffic>(`select ${trafficColumns} from traffic where pipeline = $1`, [pipeline]);
  return rows[0] ?? null;
}
