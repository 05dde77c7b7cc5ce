import { openDuck } from '../../adapters/duckdb/database.ts';
import { generated } from '../../bench/quality/generated.ts';
import { AS_OF, writeHalves, type Order } from '../../bench/quality/halves.ts';
import { folderPerTest } from '../support/folders.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

describe('the quality benchmark', () => {
  const folder = folderPerTest();
  const set = generated['missing not at random']!;

  async function halves(order: Order) {
    const duck = await openDuck({ memoryLimit: '256MB', threads: 1, folder: folder() });
    const connection = await duck.connect();
    try {
      await set.write(connection, 1, { python: '', folder: folder() });
      const { train, test, rows } = await writeHalves(connection, folder(), set.columns, order, 1);
      const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trim().split('\n').slice(1);
      const learnt = linesOf(train).map((line) => line.split(','));
      return { learnt, judged: linesOf(test), rows };
    } finally {
      connection.closeSync();
      duck.closeSync();
    }
  }

  it('judges both sides by rows that neither has learnt from', async () => {
    for (const order of ['in time order', 'shuffled'] as const) {
      const { learnt, judged, rows } = await halves(order);
      const features = new Set(learnt.map(([, , ...line]) => line.join(',')));
      assert.deepEqual([learnt.length, judged.length, rows.length], [9_600, 2_400, 2_400]);
      assert.equal(judged.filter((line) => features.has(line)).length, 0);
      assert.ok(learnt.every(([, at]) => at! < AS_OF));
    }
  });

  it('tells large values more rarely where that is what a world is about', async () => {
    const { rows } = await halves('shuffled');
    const told = rows.map((row) => row['n0']).filter((value) => value !== null) as number[];
    assert.ok(told.length < 0.9 * rows.length);
    assert.ok(told.reduce((sum, value) => sum + value, 0) / told.length < -0.1);
  });
});
