import type { SourceColumns } from '../../../core/sources/source-columns.ts';
import type { Database } from '../database.ts';

const LONGEST_NAME = 200;

export const createSourceColumns = (database: Database): SourceColumns => ({
  async note({ name: pipeline, revision }, place, columns, asOf) {
    // Postgres has no NUL, and an index none that is longer than a page.
    const names = columns.map((column) => column.replaceAll('\0', '').slice(0, LONGEST_NAME));
    await database.query(
      `insert into source_columns (pipeline, place, name, as_of)
       select $1, $2, name, case when exists (select from source_columns where pipeline = $1 and place = $2) then $4::timestamptz end
       from unnest($3::text[]) as name order by name
       on conflict do nothing`,
      [pipeline, place, names, asOf],
    );
    await database.query(
      `delete from source_columns where pipeline = $1 and place <> $2
         and exists (select from pipelines p where p.name = $1 and p.revision = $3)`,
      [pipeline, place, revision],
    );
  },

  async noticed(pipeline, place, { from, to }) {
    const { rows } = await database.query<{ name: string }>(
      `select name from source_columns where pipeline = $1 and place = $2 and as_of > $3 and as_of <= $4 order by name`,
      [pipeline, place, from, to],
    );
    return rows.map(({ name }) => name);
  },
});
