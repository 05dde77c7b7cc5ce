import { createAnalytics, type DuckAnalytics } from '../../../../adapters/duckdb/analytics.ts';
import { type BatchPrediction } from '../../../../core/data/predictions/batches.ts';
import { instant } from '../../../../core/time/time.ts';
import { folderPerTest } from '../../../support/folders.ts';
import { writeParquet } from '../../../support/data/parquet.ts';
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

describe('a Parquet file of predictions', () => {
  const folder = folderPerTest();
  let analytics: DuckAnalytics;
  before(async () => void (analytics = await createAnalytics()));
  after(() => analytics.close());

  const file = () => join(folder(), 'predictions.parquet');
  const made = (rows: number): BatchPrediction[] =>
    Array.from({ length: rows }, (_, i) => ({
      key: `row "${i}"`,
      time: instant(Date.parse('2026-03-01T00:00:00.123Z') + i),
      score: i / 7,
      decision: i % 3 === 0 ? null : i % 3 === 1,
    }));
  async function* inPieces(all: BatchPrediction[], size: number): AsyncGenerator<BatchPrediction[]> {
    for (let i = 0; i < all.length; i += size) yield all.slice(i, i + size);
  }
  async function read(): Promise<BatchPrediction[]> {
    const all: BatchPrediction[] = [];
    for await (const some of analytics.readPredictions(file())) all.push(...some);
    return all;
  }

  for (const size of [1_000, 5_000])
    it(`holds what was written, in the same order, in pieces of ${size}`, async () => {
      const all = made(7_001);
      const { rows, sha256 } = await analytics.writePredictions(inPieces(all, size), 3, file());
      assert.equal(rows, all.length);
      assert.match(sha256, /^[0-9a-f]{64}$/);
      assert.deepEqual(await read(), all);
    });

  it('may be empty', async () => {
    assert.equal((await analytics.writePredictions(inPieces([], 1), 3, file())).rows, 0);
    assert.deepEqual(await read(), []);
  });

  it('does not appear when the rows break off', async () => {
    const broken = async function* (): AsyncGenerator<BatchPrediction[]> {
      yield made(10);
      throw new Error('no more rows');
    };
    await assert.rejects(analytics.writePredictions(broken(), 3, join(folder(), 'other.parquet')), /no more rows/);
    assert.deepEqual(await readdir(folder()), []);
  });
});

describe('the rows of a part in a window', () => {
  const folder = folderPerTest();
  let analytics: DuckAnalytics;
  before(async () => void (analytics = await createAnalytics()));
  after(() => analytics.close());
  const window = { from: '2026-03-01T01:00:00.000Z', to: '2026-03-01T02:00:00.000Z' };
  const keysOf = async (file: string): Promise<unknown[]> => {
    const keys: unknown[] = [];
    for await (const chunk of analytics.readRows(file, window, ['x'])) keys.push(...chunk.own._key!);
    return keys;
  };

  it("include the window's first moment and exclude its last", async () => {
    const file = await writeParquet(
      join(folder(), 'rows.parquet'),
      `select 'row ' || i as _key, timestamp '2026-03-01 00:30:00' + interval (i * 30) minute as _time, i::double as x from range(6) r(i)`,
    );
    assert.deepEqual(await keysOf(file), ['row 1', 'row 2']);
  });

  it('blame the file when it is not Parquet', async () => {
    const file = join(folder(), 'broken.parquet');
    await writeFile(file, 'not Parquet at all');
    await assert.rejects(keysOf(file), { code: 'OBJECT_CORRUPT' });
  });
});
