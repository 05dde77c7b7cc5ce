import { type SimulatedEvent } from '../../../core/sources/simulation.ts';
import { openSource, type SimulatedSource } from '../../../local/simulation/source.ts';
import { testDatabase } from '../../support/postgres/postgres.ts';
import simulation from '../../../pipelines/fraud/simulation.ts';
import assert from 'node:assert/strict';
import pg from 'pg';

const options = { seed: 7, perDay: 400, driftSince: null };
const day = (n: number): string => new Date(Date.UTC(2026, 0, n)).toISOString();

describe('a simulated source', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let client: pg.Client;
  const open: SimulatedSource[] = [];
  const source = async (): Promise<SimulatedSource> => {
    const opened = await openSource(simulation, database.url, options);
    open.push(opened);
    return opened;
  };
  const count = async (table: string): Promise<number> =>
    Number((await client.query<{ count: number }>(`select count(*) from ${table}`)).rows[0]!.count);

  beforeEach(async () => {
    database = await testDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    await client.end();
    await database.drop();
  });

  it('writes the rows of a stretch of time once, however often it is called', async () => {
    const told: SimulatedEvent[] = [];
    await (await source()).advance(day(5), day(7), async (events) => void told.push(...events));
    const [rows, facts] = [await count('transactions'), await count('chargebacks')];
    assert.equal(rows, told.length);
    await (await source()).advance(day(5), day(7));
    assert.deepEqual([await count('transactions'), await count('chargebacks')], [rows, facts]);
  });

  it('writes a chargeback only when its time has come, and forgets none over a restart', async () => {
    await (await source()).advance(day(1), day(8));
    const { rows } = await client.query<{ late: string }>(
      `select count(*) as late from chargebacks where observed_at >= '${day(8)}'`,
    );
    assert.equal(Number(rows[0]!.late), 0);
    await (await source()).advance(day(8), day(20)); // another process continues

    const expected = new Set<string>();
    for (const event of simulation.create(options).between(day(1), day(20)))
      for (const fact of event.facts) if (fact.at < day(20)) expected.add(String(fact.values['transaction_id']));
    const written = await client.query<{ id: string }>(
      'select transaction_id as id from chargebacks where observed_at >= $1',
      [day(1)],
    );
    const found = new Set(written.rows.map((row) => row.id));
    assert.deepEqual(
      [...expected].filter((id) => !found.has(id)),
      [],
    );
  });
});
