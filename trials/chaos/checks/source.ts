import { type Evidence } from './evidence.ts';
import pg from 'pg';

/** Where something is in the source; only a place in Postgres can be asked. */
type Place = { kind: string; table?: string };

export interface AskSource {
  /** How many rows of a place lie in [from, to). */
  count(place: Place, column: string, within: { from: string; to: string }): Promise<number>;
  rows<T extends object>(sql: string, values: unknown[]): Promise<T[]>;
}

/** Asks the source itself, which nobody struck but with its server. */
export async function withSource<T>({ machine, world }: Evidence, work: (ask: AskSource) => Promise<T>): Promise<T> {
  const connectionString = machine.environment[world.simulation.connection];
  const client = new pg.Client({ connectionString, options: '-c timezone=UTC' });
  await client.connect();
  const rows = async <R extends object>(sql: string, values: unknown[]): Promise<R[]> =>
    (await client.query<R>(sql, values)).rows;
  try {
    return await work({
      rows,
      async count(place, column, { from, to }) {
        const sql = `select count(*) as count from ${tableOf(place)} where ${column} >= $1 and ${column} < $2`;
        return (await rows<{ count: number }>(sql, [from, to]))[0]!.count;
      },
    });
  } finally {
    await client.end();
  }
}

export const tableOf = (place: Place): string => place.table ?? '';
