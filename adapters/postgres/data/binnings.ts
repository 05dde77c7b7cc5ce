import { contentId } from '../../../core/base/ids.ts';
import type { Binning } from '../../../core/data/profiles/binning.ts';
import type { Binnings } from '../../../core/data/profiles/binnings.ts';
import type { Database } from '../database.ts';

export function createBinnings(database: Database): Binnings {
  const list = async (pipeline: string): Promise<Binning[]> =>
    (
      await database.query<Binning>('select id, columns from binnings where pipeline = $1 order by created_at desc', [
        pipeline,
      ])
    ).rows;

  return {
    list,
    current: async (pipeline) => (await list(pipeline))[0] ?? null,

    async record(pipeline, columns) {
      const id = contentId(columns);
      // Bins that the pipeline had before become its current ones again.
      await database.query(
        `insert into binnings (id, pipeline, columns) values ($1, $2, $3)
         on conflict (pipeline, id) do update set created_at = excluded.created_at`,
        [id, pipeline, columns],
      );
      return { id, columns };
    },
  };
}
