import { connect, type Database, migrationNames } from '../../../adapters/postgres/database.ts';
import { testDatabase } from './postgres.ts';
import { readFile } from 'node:fs/promises';

const folder = new URL('../../../adapters/postgres/migrations/', import.meta.url);

/** Does the work on a database that has the migrations before this one, by one connection unless more are asked for. */
export async function databaseBefore(
  migration: string,
  work: (database: Database) => Promise<void>,
  connections = 1,
): Promise<void> {
  const test = await testDatabase();
  const database = connect(test.url, { connections });
  try {
    await database.query('create schema perennial');
    await database.query('create table migrations (name text primary key, at timestamptz default now())');
    for (const name of (await migrationNames()).filter((one) => one < migration)) {
      await database.query(await readFile(new URL(name, folder), 'utf8'));
      await database.query('insert into migrations (name) values ($1)', [name]);
    }
    await work(database);
  } finally {
    await database.end();
    await test.drop();
  }
}
