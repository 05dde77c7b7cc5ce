import { createAnalytics } from '../../../adapters/duckdb/analytics.ts';
import { duckMemory, workerMemoryMb } from '../../../adapters/duckdb/memory.ts';
import { rowGroup } from '../../../adapters/duckdb/sql.ts';
import { folderPerTest } from '../../support/folders.ts';
import { columns, rowsSql, writeParquet } from './fixtures.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';

const GB = 2 ** 30;

describe("DuckDB's memory", () => {
  const folder = folderPerTest();

  it("is a share of the container's limit, or of the machine's memory where there is none", () => {
    assert.equal(workerMemoryMb(4 * GB, 64 * GB), 4_096);
    for (const none of [0, 2 ** 63]) assert.equal(workerMemoryMb(none, 64 * GB), 65_536);
    assert.deepEqual(duckMemory(4_096), { questions: '1024MB', extraction: '409MB' });
    assert.deepEqual(duckMemory(256), { questions: '222MB', extraction: '88MB' });
  });

  it('is what the setting says for all together', () => {
    assert.deepEqual(duckMemory(4_096, 900), { questions: '500MB', extraction: '200MB' });
  });

  it('that is far too small is told with the limit and the setting', async () => {
    const file = await writeParquet(join(folder(), 'rows.parquet'), rowsSql(200_000));
    const analytics = await createAnalytics({ memoryLimit: '2MB', folder: join(folder(), 'spill') });
    await assert.rejects(analytics.summarise([file], columns), {
      code: 'MEMORY_TOO_SMALL',
      message: /within 1\.9 MiB of memory.*PERENNIAL_DUCKDB_MEMORY_MB/,
    });
    analytics.close();
  });

  it('holds a row group of a wide table: it has fewer rows', () => {
    assert.deepEqual([12, 1_000, 5_000].map(rowGroup), [
      'row_group_size 122880',
      'row_group_size 4096',
      'row_group_size 2048',
    ]);
  });
});
