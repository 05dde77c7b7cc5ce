import { UserError } from '../../core/base/errors.ts';
import type { Registry, TrainingRun } from '../../core/training/registry.ts';
import { versionName } from '../../core/base/ids.ts';
import { servesAlone, type CurrentTraffic, type Traffic } from '../../core/rollout/traffic.ts';
import type { CandidateResult, ModelVersion } from '../../core/training/training.ts';
import { writeAudit } from './audit.ts';
import { transaction, type Database } from './database.ts';
import { lockPipeline } from './lock-pipeline.ts';
import type { PoolClient } from 'pg';

export const versionColumns = `
  v.pipeline, v.version, v.revision, v.training_run as "trainingRun", v.candidate, v.object_key as "objectKey", v.sha256,
  v.stage, v.created_at as "createdAt", t.snapshot, t.as_of as "asOf", v.evidence,
  v.card_key as "cardKey"`;
export type VersionRow = Omit<ModelVersion, 'splits' | 'evaluation' | 'gate'> & {
  evidence: Pick<ModelVersion, 'splits' | 'evaluation' | 'gate'>;
};
export const toVersion = ({ evidence, ...row }: VersionRow): ModelVersion => ({ ...row, ...evidence });

const trafficColumns = 'pipeline, generation, champion, shares as arms, previous';

/** Told to replicas by NOTIFY, with the pipeline's name as payload. */
export const TRAFFIC_CHANNEL = 'perennial_traffic';

export function createRegistry(database: Database): Registry {
  async function versionsWhere(where: string, values: unknown[]): Promise<ModelVersion[]> {
    const { rows } = await database.query<VersionRow>(
      `select ${versionColumns} from model_versions v join training_runs t on t.id = v.training_run
       where ${where} order by v.version desc`,
      values,
    );
    return rows.map(toVersion);
  }

  async function version(pipeline: string, number: number): Promise<ModelVersion> {
    const [found] = await versionsWhere('v.pipeline = $1 and v.version = $2', [pipeline, number]);
    if (found) return found;
    throw new UserError(
      'MODEL_UNKNOWN',
      `${pipeline} has no version ${versionName(number)}. List its versions with: perennial models ${pipeline}`,
    );
  }

  async function trainingRun(id: string): Promise<TrainingRun> {
    const { rows } = await database.query<Omit<TrainingRun, 'pipeline'> & { pipeline: string; revision: string }>(
      `select id, pipeline, revision, cycle, as_of as "asOf", snapshot, champion, generation,
              training_set as "trainingSet", winner
       from training_runs where id = $1`,
      [id],
    );
    if (!rows[0])
      throw new UserError(
        'TRAINING_RUN_UNKNOWN',
        `There is no training run ${id}. Cycles and their runs: perennial status PIPELINE`,
      );
    const { pipeline, revision, ...run } = rows[0];
    return { ...run, pipeline: { name: pipeline, revision } };
  }

  const findCandidate = async (run: string, candidate: string): Promise<CandidateResult | null> =>
    (
      await database.query<{ result: CandidateResult }>(
        'select result from candidates where training_run = $1 and candidate = $2',
        [run, candidate],
      )
    ).rows[0]?.result ?? null;

  const traffic = async (pipeline: string): Promise<Traffic | null> => readTraffic(database, pipeline);

  return {
    version,
    trainingRun,
    findCandidate,
    traffic,

    async traffics(pipelines) {
      const { rows } = await database.query<CurrentTraffic>(
        `select ${trafficColumns}, changed_at as "changedAt" from traffic
         where $1::text[] is null or pipeline = any($1) order by pipeline`,
        [pipelines ?? null],
      );
      return rows;
    },

    async trafficAt(pipeline, moment) {
      const { rows } = await database.query<Traffic>(
        `select ${trafficColumns} from traffic_history
         where pipeline = $1 and (from_time <= $2
           or generation = (select min(generation) from traffic_history where pipeline = $1))
         order by generation desc limit 1`,
        [pipeline, moment],
      );
      return rows[0] ?? null;
    },

    versions: (pipeline) => versionsWhere('v.pipeline = $1', [pipeline]),

    async openTrainingRun(run) {
      await database.query(
        `insert into training_runs (id, pipeline, revision, cycle, as_of, snapshot, champion, generation)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
        [
          run.id,
          run.pipeline.name,
          run.pipeline.revision,
          run.cycle,
          run.asOf,
          run.snapshot,
          run.champion,
          run.generation,
        ],
      );
      return trainingRun(run.id);
    },

    async recordTrainingSet(id, set) {
      await database.query('update training_runs set training_set = $2 where id = $1 and training_set is null', [
        id,
        set,
      ]);
      return (await trainingRun(id)).trainingSet!;
    },

    async recordWinner(id, winner) {
      await database.query('update training_runs set winner = $2 where id = $1 and winner is null', [id, winner]);
      return (await trainingRun(id)).winner!;
    },

    async recordCandidate(run, result) {
      await database.query(
        'insert into candidates (training_run, candidate, result) values ($1, $2, $3) on conflict do nothing',
        [run, result.candidate, result],
      );
      return (await findCandidate(run, result.candidate))!;
    },

    async candidates(run) {
      const { rows } = await database.query<{ result: CandidateResult }>(
        'select result from candidates where training_run = $1 order by candidate',
        [run],
      );
      return rows.map((row) => row.result);
    },

    async register(model, by) {
      await transaction(database, async (client) => {
        // The lock makes version numbers consecutive however many runs register at once.
        await lockPipeline(client, model.pipeline);
        const { rows } = await client.query<{ version: number }>(
          `insert into model_versions
             (pipeline, version, revision, training_run, candidate, object_key, sha256, stage, evidence)
           select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, 'candidate', $7
           from model_versions where pipeline = $1
           on conflict (training_run) do nothing returning version`,
          [
            model.pipeline,
            model.revision,
            model.trainingRun,
            model.candidate,
            model.objectKey,
            model.sha256,
            { splits: model.splits, evaluation: model.evaluation, gate: model.gate },
          ],
        );
        if (rows[0])
          await writeAudit(client, {
            who: by,
            action: 'register',
            pipeline: model.pipeline,
            details: { version: rows[0].version, trainingRun: model.trainingRun, gate: model.gate },
          });
      });
      return (await versionsWhere('v.training_run = $1', [model.trainingRun]))[0]!;
    },

    async attachCard(pipeline, number, cardKey) {
      await database.query('update model_versions set card_key = $3 where pipeline = $1 and version = $2', [
        pipeline,
        number,
        cardKey,
      ]);
    },

    async promote({ pipeline, version: number, expectedGeneration, at, by, from, reason }) {
      await version(pipeline, number);
      return transaction(database, async (client) => {
        await lockPipeline(client, pipeline);
        const now = await readTraffic(client, pipeline);
        const generation = now?.generation ?? 0;
        const serving = now?.champion ?? null;
        // Asked again after it succeeded: the answer was lost, the deed was not.
        if (now && servesAlone(now, number) && generation === expectedGeneration + 1) return now;
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
            number,
            JSON.stringify([{ version: number, share: 1 }]),
            serving === number ? now?.previous : serving,
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
          [pipeline, number],
        );
        await client.query(`update model_versions set stage = 'production' where pipeline = $1 and version = $2`, [
          pipeline,
          number,
        ]);
        const details = { version: number, previous: serving, generation: generation + 1, reason };
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
