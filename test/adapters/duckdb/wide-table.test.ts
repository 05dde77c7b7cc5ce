import { createAnalytics } from '../../../adapters/duckdb/analytics.ts';
import { duckMemory } from '../../../adapters/duckdb/memory.ts';
import { text } from '../../../adapters/duckdb/sql.ts';
import { createExtractor } from '../../../adapters/sources/extractor.ts';
import { createSecrets } from '../../../adapters/machine/secrets.ts';
import { makeBinning, makeBins, type ColumnBins } from '../../../core/data/profiles/binning.ts';
import type { Columns } from '../../../core/columns/index.ts';
import type { Reading } from '../../../core/sources/extractor.ts';
import { total } from '../../../core/data/profiles/profile.ts';
import { folderPerTest } from '../../support/folders.ts';
import { queryParquet, runDuck } from '../../support/data/parquet.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';

const COLUMNS = 1_000;
/** One is called as DuckDB's own number of a row is. */
const names = Array.from({ length: COLUMNS }, (_, i) => (i === 1 ? 'file_row_number' : `x${i}`));
const columns: Columns = Object.fromEntries(names.map((column) => [column, { kind: 'number', nulls: 0 }]));
const value = (i: number, row = 'n'): string => `((${row} * ${7_919 + 2 * i}) % 10007) / 8.0`;
/** A few from everywhere stand for all, where each costs a question. */
const few = names.filter((_, i) => i % 99 === 0);

describe('a table of 1,000 columns', () => {
  const folder = folderPerTest();

  for (const { rows, memory, where } of [
    { rows: 6_000, memory: { questions: '500MB', extraction: '360MB' }, where: 'in little memory' },
    { rows: 12_000, memory: duckMemory({ workerMb: 4_096 }), where: 'in a worker of 4 GiB @slow' },
  ])
    it(`goes from a file to a training set with ${rows} rows ${where}`, async () => {
      const [source, part, set] = ['wide.csv', 'part.parquet', 'set.parquet'].map((name) => join(folder(), name));
      await runDuck(`copy (
          select 'k' || n as id, timestamp '2026-01-01' + to_seconds((n * 7919) % ${rows}) as at,
            ${names.map((column, i) => `${value(i)} as ${column}`).join(', ')}
          from (select unnest(range(${rows})) as n)
        ) to ${text(source!)} (header, format csv)`);
      const reading: Reading = { from: { kind: 'csv', file: source! }, key: 'id', time: 'at', entity: null, columns };
      const within = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };
      const progress = { signal: new AbortController().signal, onProgress: () => undefined };

      const extractor = createExtractor({
        secrets: createSecrets({}),
        dataRoots: [folder()],
        memoryLimit: memory.extraction,
      });
      await extractor.check(reading);
      const extracted = await extractor.extract(reading, within, part!, progress);
      assert.equal(extracted.rows, rows);

      const analytics = await createAnalytics({ memoryLimit: memory.questions, folder: join(folder(), 'spill') });
      const summary = await analytics.summarise([part!], columns);
      assert.deepEqual([summary.rows, summary.columns.length, summary.columns[999]!.nulls], [rows, COLUMNS, 0]);
      const bins: Record<string, ColumnBins> = {};
      const samples = await analytics.samples([part!], few, 50_000);
      for (const column of few) bins[column] = makeBins(samples[column]!);
      const profile = await analytics.profile([part!], makeBinning(bins), within);
      for (const column of few) assert.equal(total(profile.columns[column]!.counts), rows);
      const { rows: split } = await analytics.assemble([part!], [part!], {
          asOf: within.to,
          maturesAfter: '1 day',
          kind: 'number',
          whenAbsent: null,
          columns,
          shares: { train: 0.6, selection: 0.15, calibration: 0.1, holdout: 0.15, embargo: '0 seconds' },
          holdoutNotBefore: null,
          seed: 7,
        }, set!); // prettier-ignore
      assert.equal(Object.values(split).reduce((sum, each) => sum + each), rows); // prettier-ignore
      analytics.close();

      const wrong = few.map((column) => `${column} <> ${value(names.indexOf(column), 'substr(_key, 2)::int')}`);
      for (const file of [part!, set!]) {
        // Sorted some columns at a time, the rows are still whole.
        const torn = await queryParquet(file, `select count(*)::int as rows from $files where ${wrong.join(' or ')}`);
        assert.deepEqual(torn, [{ rows: 0 }]);
        const groups = `select max(row_group_num_rows)::int as rows from parquet_metadata(${text(file)})`;
        assert.deepEqual(await queryParquet(file, groups), [{ rows: 4_096 }]);
      }
      const before = 'select _time <= lag(_time) over () as late from $files';
      assert.deepEqual(await queryParquet(part!, `select count(*)::int as rows from (${before}) where late`), [
        { rows: 0 },
      ]);
    }).timeout(240_000);
});
