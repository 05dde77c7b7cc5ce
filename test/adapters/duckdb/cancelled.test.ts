import { ask, type Duck } from '../../../adapters/duckdb/ask.ts';
import { openDuck } from '../../../adapters/duckdb/database.ts';
import { planReading } from '../../../adapters/sources/csv/plan.ts';
import { findWrongValue } from '../../../adapters/sources/csv/wrong-value.ts';
import { folderPerTest } from '../../support/folders.ts';
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

describe('a cancelled question', () => {
  const folder = folderPerTest();

  it('ends long before its answer, and leaves the memory free for the next', async () => {
    const leave = new AbortController();
    const instance = await openDuck({ memoryLimit: '300MB', threads: 2, folder: folder() });
    const duck: Duck = { instance, signal: () => leave.signal };
    // Hours of work.
    const endless = ask(duck, [], (connection) =>
      connection.run('select count(distinct hash(a.range, b.range)) from range(1000000) a, range(1000000) b'),
    );
    const used = () =>
      ask({ instance, signal: () => undefined }, [], async (connection) => {
        const result = await connection.runAndReadAll('select sum(memory_usage_bytes)::double from duckdb_memory()');
        return result.getRowsJS()[0]![0] as number;
      });
    while ((await used()) < 20_000_000);
    leave.abort(new Error('cancelled'));
    await assert.rejects(endless, /cancelled/);
    assert.ok((await used()) < 10_000_000, `${await used()} bytes are still taken`);
    instance.closeSync();
  });

  it('does not blame the values of a file afterwards', async () => {
    const leave = new AbortController();
    const file = join(folder(), 'rows.csv');
    const line = '1,2026-01-01,5\n';
    await writeFile(file, `id,at,amount\n${line.repeat(1_000_000)}`);
    const columns = { amount: { kind: 'number' as const, nulls: 0 } };
    const plan = await planReading({ from: { kind: 'csv', file }, key: 'id', time: 'at', entity: null, columns });
    const options = { memoryLimit: '300MB', threads: 1, folder: folder(), signal: leave.signal };
    const looking = findWrongValue(file, plan, options);
    setTimeout(() => leave.abort(new Error('cancelled')), 100);
    await assert.rejects(looking, /cancelled/);
  });
});
