import { transaction } from '../../adapters/postgres/database.ts';
import { type Row } from '../../core/data/data.ts';
import {
  type Simulation,
  type SimulatedEvent,
  type SimulatedRow,
  type SimulationOptions,
} from '../../core/sources/simulation.ts';
import { before, type Instant } from '../../core/time/time.ts';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline as pipe } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** The simulated world writing into a real database: rows as they happen, label facts when they become known. */
export interface SimulatedSource {
  /** Writes all rows of [from, to), each once however often called, and yields the events some at a time. */
  advance(from: Instant, to: Instant, tell?: (events: SimulatedEvent[]) => Promise<void>): Promise<void>;
  /** From here on the world behaves differently. */
  drift(since: Instant): void;
  driftSince(): Instant | null;
  close(): Promise<void>;
}

const CHUNK = 2_000;

export async function openSource(
  simulation: Simulation & { tables: URL },
  url: string,
  options: SimulationOptions,
): Promise<SimulatedSource> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => undefined);
  await pool.query(await readFile(simulation.tables, 'utf8'));
  let { driftSince } = options;
  let world = simulation.create(options);
  // Future facts of past events. Regenerated from the simulation, so a restart forgets none.
  let pending: SimulatedRow[] | null = null;

  return {
    async advance(from, to, tell) {
      pending ??= factsOf(world.between(before(from, simulation.factsWithin), from));
      const writeChunk = async (events: SimulatedEvent[]): Promise<void> => {
        pending!.push(...factsOf(events));
        await write(
          pool,
          events.map((event) => event.row),
        );
        await tell?.(events);
      };
      let chunk: SimulatedEvent[] = [];
      for (const event of world.between(from, to)) {
        if (chunk.push(event) < CHUNK) continue;
        await writeChunk(chunk);
        chunk = [];
      }
      await writeChunk(chunk);
      await write(
        pool,
        pending.filter((fact) => fact.at < to),
      );
      pending = pending.filter((fact) => fact.at >= to);
    },
    drift(since) {
      driftSince = since;
      world = simulation.create({ ...options, driftSince });
    },
    driftSince: () => driftSince,
    close: () => pool.end(),
  };
}

function factsOf(events: Iterable<SimulatedEvent>): SimulatedRow[] {
  const facts: SimulatedRow[] = [];
  for (const event of events) facts.push(...event.facts);
  return facts;
}

async function write(pool: pg.Pool, rows: SimulatedRow[]): Promise<void> {
  const byTable = new Map<string, Row[]>();
  for (const { table, values } of rows) {
    const group = byTable.get(table);
    if (group) group.push(values);
    else byTable.set(table, [values]);
  }
  for (const [table, group] of byTable) await copyNew(pool, table, group);
}

/** COPY through a temporary table, so that rows written before an interruption are not written twice. */
async function copyNew(pool: pg.Pool, table: string, rows: Row[]): Promise<void> {
  const names = Object.keys(rows[0]!)
    .map((name) => pg.escapeIdentifier(name))
    .join(', ');
  const target = pg.escapeIdentifier(table);
  await transaction(pool, async (client) => {
    await client.query(`create temporary table arriving (like ${target}) on commit drop`);
    const lines = rows.map((row) => `${Object.values(row).map(field).join('\t')}\n`).join('');
    await pipe(Readable.from([lines]), client.query(copyFrom(`copy arriving (${names}) from stdin`)));
    await client.query(`insert into ${target} (${names}) select ${names} from arriving on conflict do nothing`);
  });
}

/** A value in COPY's text format. */
const field = (value: Row[string]): string =>
  value === null
    ? '\\N'
    : String(value).replace(/[\\\t\n\r]/g, (c) => `\\${{ '\t': 't', '\n': 'n', '\r': 'r' }[c] ?? c}`);
