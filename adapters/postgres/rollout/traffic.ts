import { UserError } from '../../../core/base/errors.ts';
import { versionName } from '../../../core/base/ids.ts';
import { servesAlone, type CurrentTraffic, type Traffic, type TrafficTable } from '../../../core/rollout/traffic.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';
import { lockPipeline } from '../lock-pipeline.ts';
import { createModelVersions } from '../training/model-versions.ts';
import type { PoolClient } from 'pg';

const trafficColumns = 'pipeline, generation, champion, shares as arms, previous';

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
        `select ${trafficColumns} from traffic_history
         where pipeline = $1 and (from_time <= $2
           or generation = (select min(generation) from traffic_history where pipeline = $1))
         order by generation desc limit 1`,
        [pipeline, moment],
      );
      return rows[0] ?? null;
    },

    async promote({ pipeline, version, expectedGeneration, at, by, from, reason }) {
      await modelVersions.get(pipeline, version);
      return transaction(database, async (client) => {
        await lockPipeline(client, pipeline);
        const now = await readTraffic(client, pipeline);
        const generation = now?.generation ?? 0;
        const serving = now?.champion ?? null;
        // Asked again after it succeeded: the answer was lost, the deed was not.
        if (now && servesAlone(now, version) && generation === expectedGeneration + 1) return now;
        if (generation !== expectedGeneration)
          throw new UserError(
            'TRAFFIC_SUPERSEDED',
            `The traffic of ${pipeline} is at generation ${generation}, not ${expectedGeneration}: someone changed it ` +
              `meanwhile, and ${serving === null ? 'nothing' : versionName(serving)} serves. See: perennial status ${pipeline}`,
          );
        await client.query(
          `insert into traffic (pipeline, generation, champion, shares, previous) values ($1, $2, $3, $4, $5)
           on conflict (pipeline) do update set generation = excluded.generation, champion = excluded.champion,
             shares = excluded.shares, previous = excluded.previous, changed_at = now()`,
          [
            pipeline,
            generation + 1,
            version,
            JSON.stringify([{ version, share: 1 }]),
            serving === version ? now?.previous : serving,
          ],
        );
        // A machine whose clock is late must not begin before what it replaces.
        await client.query(
          `insert into traffic_history (pipeline, generation, champion, shares, previous, from_time, changed_by)
           select pipeline, generation, champion, shares, previous,
             greatest($2, (select max(from_time) from traffic_history where pipeline = $1)), $3
           from traffic where pipeline = $1`,
          [pipeline, at, by],
        );
        await client.query(
          `update model_versions set stage = 'archived' where pipeline = $1 and stage = 'production' and version <> $2`,
          [pipeline, version],
        );
        await client.query(`update model_versions set stage = 'production' where pipeline = $1 and version = $2`, [
          pipeline,
          version,
        ]);
        const details = { version, previous: serving, generation: generation + 1, reason };
        await writeAudit(client, { who: by, from, action: 'promote', pipeline, details });
        await client.query('select pg_notify($1, $2)', [TRAFFIC_CHANNEL, pipeline]);
        return (await readTraffic(client, pipeline))!;
      });
    },
  };
}

async function readTraffic(client: Database | PoolClient, pipeline: string): Promise<Traffic | null> {
  const { rows } = await client.query<Traffic>(`select ${trafficColumns} from traffic where pipeline = $1`, [pipeline]);
  return rows[0] ?? null;
}
