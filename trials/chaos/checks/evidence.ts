import { type ObjectStore } from '../../../core/data/objects/objects.ts';
import { type Caller } from '../caller.ts';
import { type Machine } from '../machine.ts';
import { type Promised } from '../work.ts';
import { type World } from '../world.ts';
import { type Client } from '@temporalio/client';

/** Everything an invariant can read after a round. */
export interface Evidence {
  machine: Machine;
  world: World;
  client: Client;
  store: ObjectStore;
  caller: Caller;
  promised: Promised;
  homeFolder: string;
  /** When the round began, in the machine's milliseconds. */
  since: number;
}

/** Something that must hold whatever was killed. It reports what it counted, and what it found broken. */
export interface Invariant {
  name: string;
  look(evidence: Evidence): Promise<{ counted: string; broken: string[] }>;
}

/** Rows of a query in which each row is one thing that is broken, in words. */
export async function brokenRows({ database }: Machine, sql: string, values: unknown[] = []): Promise<string[]> {
  const { rows } = await database.query<{ words: string }>(sql, values);
  return rows.map(({ words }) => words);
}

export async function count({ database }: Machine, sql: string, values: unknown[] = []): Promise<number> {
  return (await database.query<{ count: number }>(sql, values)).rows[0]!.count;
}
