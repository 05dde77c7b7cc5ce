import { type Database, migrationNames } from './database.ts';

/** The migrations that this version brings and this database has not had; all of them when it has no tables of ours. */
export async function missingMigrations(database: Database): Promise<string[]> {
  const names = await migrationNames();
  const { rows } = await database.query<{ there: boolean }>("select to_regclass('migrations') is not null as there");
  if (rows[0]?.there !== true) return names;
  const had = await database.query<{ name: string }>('select name from migrations');
  return names.filter((name) => !had.rows.some((row) => row.name === name));
}
