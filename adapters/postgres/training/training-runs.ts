import { UserError } from '../../../core/base/errors/errors.ts';
import type { Insight } from '../../../core/explaining/insight.ts';
import type { Look } from '../../../core/training/gates/looks.ts';
import { repeatable, type EndedTraining } from '../../../core/training/retraining/nothing-new.ts';
import type { CandidateResult } from '../../../core/training/training.ts';
import type { TrainingRun, TrainingRuns } from '../../../core/training/versions/training-runs.ts';
import type { Database } from '../database.ts';

export function createTrainingRuns(database: Database): TrainingRuns {
  async function get(id: string): Promise<TrainingRun> {
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

  return {
    get,
    findCandidate,

    async open(run) {
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
      return get(run.id);
    },

    async recordSet(id, set) {
      await database.query('update training_runs set training_set = $2 where id = $1 and training_set is null', [
        id,
        set,
      ]);
      return (await get(id)).trainingSet!;
    },

    async recordWinner(id, winner, insight) {
      await database.query('update training_runs set winner = $2, insight = $3 where id = $1 and winner is null', [
        id,
        winner,
        insight ?? null,
      ]);
      return (await get(id)).winner!;
    },

    async insightOf(id) {
      const { rows } = await database.query<{ insight: Insight | null }>(
        'select insight from training_runs where id = $1',
        [id],
      );
      return rows[0]?.insight ?? null;
    },

    async recordRefit(id, refit) {
      await database.query(
        `update training_runs set winner = winner || jsonb_build_object('refit', $2::jsonb)
         where id = $1 and winner is not null and winner -> 'refit' is null`,
        [id, refit],
      );
      return (await get(id)).winner!.refit!;
    },

    async looksSince({ id, pipeline }, from) {
      const { rows } = await database.query<Look>(
        `select id as run, training_set -> 'splits' ->> 'holdout' as "from", training_set -> 'splits' ->> 'to' as "to"
         from training_runs
         where pipeline = $1 and id <> $2 and winner is not null and (training_set -> 'splits' ->> 'to')::timestamptz > $3
         order by created_at desc`,
        [pipeline.name, id, from],
      );
      return rows;
    },

    async lastEnded(pipeline) {
      const { rows } = await database.query<EndedTraining>(
        `select t.cycle, c.reason, t.revision, t.training_set ->> 'recipes' as recipes, t.snapshot, t.champion, c.outcome,
           (select version from model_versions v where v.training_run = t.id) as version
         from training_runs t join cycles c on c.id = t.cycle
         where t.pipeline = $1 and t.winner is not null and c.outcome ->> 'result' = any($2)
           and not exists (select from requests r where r.cycle = c.id and r.brought is not null)
         order by t.created_at desc limit 1`,
        [pipeline, repeatable],
      );
      return rows[0] ?? null;
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
  };
}
