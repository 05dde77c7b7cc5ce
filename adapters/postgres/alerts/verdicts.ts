import type { Verdict } from '../../../core/drift/verdict.ts';
import { readVerdict } from '../../../core/drift/stored-verdict.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import type { Verdicts } from '../../../core/drift/verdicts.ts';
import type { Database } from '../database.ts';

export function createVerdicts(database: Database): Verdicts {
  const select = async (where: string, values: unknown[]): Promise<Verdict[]> =>
    (await database.query<{ verdict: Verdict }>(`select verdict from verdicts where ${where}`, values)).rows.map(
      (row) => readVerdict(row.verdict),
    );

  return {
    async record(verdict) {
      await database.query(
        `insert into verdicts (id, pipeline, as_of, level, verdict) values ($1, $2, $3, $4, $5) on conflict do nothing`,
        [verdict.id, verdict.pipeline, verdict.asOf, verdict.level, verdict],
      );
      const [kept] = await select('pipeline = $1 and as_of = $2', [verdict.pipeline, verdict.asOf]);
      return kept!;
    },

    async previous(pipeline, asOf) {
      const [found] = await select(
        `pipeline = $1 and as_of < $2 and verdict ->> 'abstained' is null order by as_of desc limit 1`,
        [pipeline, asOf],
      );
      return found ?? null;
    },

    async attachReport(id, reportKey) {
      await database.query(
        `update verdicts set verdict = verdict || jsonb_build_object('reportKey', $2::text) where id = $1`,
        [id, reportKey],
      );
    },

    list: (pipeline, limit) => select('pipeline = $1 order by as_of desc limit $2', [pipeline, limit]),

    async get(pipeline, id) {
      const [found] = await select('pipeline = $1 and id = $2', [pipeline, id]);
      if (found) return found;
      throw new UserError(
        'VERDICT_UNKNOWN',
        `${pipeline} has no verdict ${id}. To list the newest: perennial report ${pipeline} --list`,
      );
    },
  };
}
