import { createAnalytics } from '../../../adapters/duckdb/analytics.ts';
import { ask } from '../../../adapters/duckdb/ask.ts';
import { openDuck } from '../../../adapters/duckdb/database.ts';
import { duckMemory, duckMemoryMb, memoryHere } from '../../../adapters/duckdb/memory.ts';
import { rowGroup } from '../../../adapters/duckdb/sql.ts';
import type { UserError } from '../../../core/base/errors/errors.ts';
import { folderPerTest } from '../../support/folders.ts';
import { columns, rowsSql, writeParquet } from './fixtures.ts';
import assert from 'node:assert/strict';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';

const GB = 2 ** 30;

describe("DuckDB's memory", () => {
  const folder = folderPerTest();

  it("is a share of the container's limit, or of the machine's memory where there is none", () => {
    assert.deepEqual(memoryHere(4 * GB, 64 * GB), { mb: 4_096, of: 'container' });
    for (const none of [0, 2 ** 63]) assert.deepEqual(memoryHere(none, 64 * GB), { mb: 65_536, of: 'machine' });
    assert.deepEqual(duckMemory({ workerMb: 4_096 }), { questions: '1023MB', extraction: '409MB' });
    assert.deepEqual(duckMemory({ workerMb: 256 }), { questions: '222MB', extraction: '88MB' });
  });

  it('is what the setting says for all connections together', () => {
    assert.deepEqual(duckMemory({ workerMb: 4_096, trainingMb: 2_048, setting: 900 }), {
      questions: '500MB',
      extraction: '200MB',
    });
  });

  it("leaves, together with a training's, more than a quarter of the worker to Node.js", () => {
    const memory = { workerMb: 4_096, trainingMb: 2_048 };
    assert.deepEqual(duckMemory(memory), { questions: '511MB', extraction: '204MB' });
    assert.equal(memory.workerMb - memory.trainingMb - duckMemoryMb(memory), 1_127);
  });

  it('that is far too small is reported with the limit and the setting', async () => {
    const file = await writeParquet(join(folder(), 'rows.parquet'), rowsSql(200_000));
    const analytics = await createAnalytics({ memoryLimit: '2MB', folder: join(folder(), 'spill') });
    await assert.rejects(analytics.summarise([file], columns), {
      code: 'MEMORY_TOO_SMALL',
      message: /within 1\.9 MiB of memory.*PERENNIAL_DUCKDB_MEMORY_MB/,
    });
    analytics.close();
  });

  it('spills to disk up to a limit, and the error names the folder, the size and what to do', async () => {
    const spill = join(folder(), 'spill');
    const instance = await openDuck({ memoryLimit: '60MB', threads: 1, folder: spill, diskLimit: '4MB' });
    const fill = ask({ instance, signal: () => undefined }, [], (connection) =>
      connection.run(
        'create table t as select md5(n::varchar) as a, md5((n + 1)::varchar) as b from range(1000000) r(n)',
      ),
    );
    await assert.rejects(fill, (error: UserError) => {
      assert.equal(error.code, 'MEMORY_TOO_SMALL');
      assert.match(error.message, /^DuckDB wrote 3\.8 MiB to .*\/spill, its limit: .* Free some space/);
      return true;
    });
    instance.closeSync();
  });

  it('spills to a quarter of the free disk, unless a limit is given', async () => {
    const { bavail, bsize } = await statfs(folder());
    const duck = await openDuck({ memoryLimit: '50MB', threads: 1, folder: folder() });
    const connection = await duck.connect();
    const limit = await connection.runAndReadAll("select current_setting('max_temp_directory_size')");
    const [size, unit] = (limit.getRowsJS()[0]![0] as string).split(' ');
    const bytes = Number(size) * { MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }[unit!]!;
    const share = bytes / (bavail * bsize);
    assert.ok(share > 0.2 && share < 0.3, `${size} ${unit} of ${bavail * bsize} bytes`);
    connection.closeSync();
    duck.closeSync();
  });

  it('holds a row group of a wide table, which has fewer rows', () => {
    assert.deepEqual(
      [12, 1_000, 5_000].map((columns) => rowGroup(columns)),
      ['row_group_size 122880', 'row_group_size 4096', 'row_group_size 2048'],
    );
  });
});
