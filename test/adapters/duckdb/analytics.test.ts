import { createAnalytics, type DuckAnalytics } from '../../../adapters/duckdb/analytics.ts';
import { makeBinning, type Binning } from '../../../core/data/profiles/binning.ts';
import { countRow, emptyProfile, total } from '../../../core/data/profiles/profile.ts';
import type { Row } from '../../../core/data/data.ts';
import type { RowFault } from '../../../core/expectations/index.ts';
import type { Columns } from '../../../core/columns/index.ts';
import { column as named } from '../../../adapters/duckdb/rows.ts';
import { folderPerTest } from '../../support/folders.ts';
import { columns, factsSql, queryParquet, rowsSql, writeParquet } from './fixtures.ts';
import assert from 'node:assert/strict';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

describe('questions over Parquet', () => {
  const folder = folderPerTest();
  let analytics: DuckAnalytics;
  before(async () => void (analytics = await createAnalytics()));
  after(() => analytics.close());

  const write = (name: string, sql: string) => writeParquet(join(folder(), name), sql);
  const always = { from: '2020-01-01T00:00:00.000Z', to: '2030-01-01T00:00:00.000Z' };

  describe('the summary', () => {
    it('states for each column what a person would count by hand', async () => {
      const files = [await write('a', rowsSql(100)), await write('b', rowsSql(100, 100))];
      const summary = await analytics.summarise(files, columns);
      assert.deepEqual(
        { ...summary, columns: [] },
        {
          rows: 200,
          duplicateKeys: 0,
          oldest: '2026-01-01T00:00:00.000Z',
          newest: '2026-01-01T03:19:00.000Z',
          columns: [],
        },
      );
      const [amount, country, online, hour] = summary.columns;
      const [expected] = await queryParquet(
        files,
        'select min(amount) min, max(amount) max, avg(amount) mean from $files',
      );
      const within = { below: 0, above: 0, undeclared: 0 };
      assert.deepEqual(amount, { column: 'amount', rows: 200, nulls: 20, ...expected, ...within, levels: [] });
      assert.deepEqual([country?.nulls, country?.min, country?.levels.length], [29, null, 7]);
      assert.deepEqual(
        country?.levels.slice(0, 2),
        [
          { level: "it's", rows: 29 },
          { level: '', rows: 29 },
        ].reverse(),
      );
      assert.deepEqual(online?.levels, [
        { level: 'false', rows: 133 },
        { level: 'true', rows: 67 },
      ]);
      assert.deepEqual([hour?.min, hour?.max, hour?.nulls], [0, 3, 0]);
      const levels = await analytics.levels(files, columns);
      assert.deepEqual(
        levels,
        { country: country?.levels, online: online?.levels },
        'bins are made of the same levels',
      );
    });

    it('counts repeated keys', async () => {
      const files = [await write('a', rowsSql(10)), await write('b', rowsSql(10, 7))];
      assert.equal((await analytics.summarise(files, columns)).duplicateKeys, 3);
    });

    it('is empty when there are no rows', async () => {
      for (const files of [[], [await write('none', rowsSql(0))]]) {
        const { rows, oldest, newest, columns: summaries } = await analytics.summarise(files, columns);
        assert.deepEqual([rows, oldest, newest], [0, null, null]);
        assert.deepEqual(summaries[0], {
          column: 'amount',
          rows: 0,
          nulls: 0,
          min: null,
          max: null,
          mean: null,
          below: 0,
          above: 0,
          undeclared: 0,
          levels: [],
        });
      }
    });

    it('counts every value that breaks the declaration, even of a level too rare to be listed', async () => {
      const declared: Columns = {
        amount: { kind: 'number', min: 5, max: 90, nulls: 1 },
        country: { kind: 'category', levels: ["it's", 'C1'], nulls: 1 },
      };
      const file = await write('a', rowsSql(200));
      const [amount, country] = (await analytics.summarise([file], declared)).columns;
      const [expected] = await queryParquet(
        [file],
        `select count(*) filter (amount < 5)::int as below, count(*) filter (amount > 90)::int as above,
           count(*) filter (country not in ('it''s', 'C1'))::int as undeclared from $files`,
      );
      assert.deepEqual({ below: amount!.below, above: amount!.above, undeclared: country!.undeclared }, expected);
      assert.ok(Object.values(expected!).every((count) => Number(count) > 0));

      const levels = Array.from({ length: 1_000 }, (_, i) => `level ${i}`);
      const many = await write(
        'many',
        `select 'k' || n as _key, timestamp '2026-01-01' as _time, if(n = 2000, 'stranger', 'level ' || n % 1000) as c
         from (select unnest(range(2001)) as n)`,
      );
      const [c] = (await analytics.summarise([many], { c: { kind: 'category', levels, nulls: 0 } })).columns;
      assert.deepEqual([c?.levels.length, c?.undeclared], [1_000, 1]);
    });

    it('takes columns of any name', async () => {
      const odd = `x"'; --`;
      const file = await write(
        'odd',
        `select 'k' as _key, timestamp '2026-01-01' as _time, 'e' as _entity, 2.5 as ${named(odd)}`,
      );
      const { columns: summaries } = await analytics.summarise([file], { [odd]: { kind: 'number', nulls: 0 } });
      assert.equal(summaries[0]?.mean, 2.5);
    });

    it('takes columns with the names of its own results', async () => {
      const file = await write(
        'level',
        `select 'k' as _key, timestamp '2026-01-01' as _time, 'gold' as grade, 'top' as level, 'many' as rows`,
      );
      const category = { kind: 'category', nulls: 0 } as const;
      const { columns: summaries } = await analytics.summarise([file], { grade: category, level: category });
      assert.deepEqual(
        summaries.map(({ levels }) => levels),
        [[{ level: 'gold', rows: 1 }], [{ level: 'top', rows: 1 }]],
      );
    });

    it('takes files of earlier releases, which stored capital letters unchanged', async () => {
      const file = await write('old', `select 'k' as _key, timestamp '2026-01-01' as _time, 2.5 as "Amount"`);
      const { columns: summaries } = await analytics.summarise([file], { Amount: { kind: 'number', nulls: 0 } });
      assert.equal(summaries[0]?.mean, 2.5);
    });

    it('refuses such a file when two columns differ only in case, because it holds one of them twice', async () => {
      const file = await write(
        'old',
        `select 'k' as _key, timestamp '2026-01-01' as _time, 2.5 as "Amount", 2.5 as "amount"`,
      );
      const both: Columns = { Amount: { kind: 'number', nulls: 0 }, amount: { kind: 'number', nulls: 0 } };
      await assert.rejects(analytics.summarise([file], both), {
        code: 'SOURCE_COLUMN_MISSING',
        message: /column amount/,
      });
    });
  });

  describe('a sample', () => {
    const sampleOf = async (files: string[], rows: number): Promise<Float64Array> =>
      (await analytics.samples(files, ['amount'], rows))['amount']!;

    it('is the same each time, wherever the rows lie', async () => {
      const whole = await write('whole', rowsSql(1_000));
      const [one, two] = [await write('one', rowsSql(300)), await write('two', rowsSql(700, 300))];
      const first = await sampleOf([whole], 100);
      assert.equal(first.length, 100);
      assert.deepEqual(await sampleOf([two, one], 100), first);
    });

    it('has all values and no nulls when it may take more than there are', async () => {
      const values = await sampleOf([await write('a', rowsSql(1_000))], 5_000);
      assert.equal(values.length, 900);
      assert.ok(values.every(Number.isFinite));
    });

    it('represents the whole', async () => {
      const values = await sampleOf([await write('a', rowsSql(20_000))], 2_000);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      assert.ok(Math.abs(mean - 50) < 2.6, `mean ${mean} of values uniform from 0 to 100`); // four standard errors
    });
  });

  describe('a profile', () => {
    const binning: Binning = makeBinning({
      amount: { kind: 'number', edges: [-5, 0, Number.MIN_VALUE, 0.1, 7.3, 50, 99.9, 1e300] },
      country: { kind: 'category', levels: ['C1', "it's", '', 'never'] },
      online: { kind: 'category', levels: ['false', 'true'] },
      hour: { kind: 'number', edges: [1, 2, 3] },
      gone: { kind: 'number', edges: [] },
      oldName: { kind: 'category', levels: ['x'] },
    });

    /** As the server counts the same rows, one by one. */
    async function countedByCore(files: string[], where = 'true') {
      const expected = emptyProfile(binning);
      const rows = await queryParquet(files, `select amount, country, online, hour from $files where ${where}`);
      for (const row of rows) countRow(expected, binning, row as Row);
      return expected;
    }

    it('equals what core counts row by row, including edges, nulls and unknown levels', async () => {
      const files = [await write('a', rowsSql(3_000)), await write('b', rowsSql(2_000, 3_000))];
      const profile = await analytics.profile(files, binning, always);
      const expected = await countedByCore(files);
      assert.equal(profile.rows, 5_000);
      for (const [column, counted] of Object.entries(profile.columns)) {
        const by = expected.columns[column]!;
        // The score is not in these rows: countRow was given none either.
        assert.deepEqual(
          { column, counts: counted.counts, nulls: counted.nulls },
          { column, counts: by.counts, nulls: by.nulls },
        );
        for (const moment of ['sums', 'squares'] as const)
          assert.ok(
            counted[moment].length === by[moment].length &&
              counted[moment].every((value, i) => Math.abs(value - by[moment][i]!) <= 1e-9 * Math.abs(by[moment][i]!)),
            `${column} ${moment}`,
          );
      }
    });

    it('includes the first moment of its window and excludes the last', async () => {
      const files = [await write('a', rowsSql(200))];
      const profile = await analytics.profile(files, binning, {
        from: '2026-01-01T01:00:00.000Z',
        to: '2026-01-01T02:00:00.000Z',
      });
      assert.equal(profile.rows, 60);
      assert.equal(total(profile.columns['hour']!.counts), 60);
      assert.deepEqual(
        profile.columns['amount']!.counts,
        (await countedByCore(files, 'hour = 1')).columns['amount']!.counts,
      );
    });

    it('is zero everywhere without rows', async () => {
      assert.deepEqual(await analytics.profile([], binning, always), emptyProfile(binning));
      assert.deepEqual(
        await analytics.profile([await write('none', rowsSql(0))], binning, always),
        emptyProfile(binning),
      );
    });
  });

  describe('the examples of unexpected values', () => {
    const declared: Columns = {
      amount: { kind: 'number', min: 5, max: 90, nulls: 0 },
      country: { kind: 'category', levels: ['C1'], nulls: 0 },
    };
    const some = async (files: string[], column: string | null, name: RowFault) =>
      (await analytics.examples(files, declared, [{ column, name }], 2)).map(({ value, rows, key, time }) => [
        value,
        rows,
        key,
        time.slice(11, 16),
      ]);

    it('are the values furthest from a bound, and the most frequent levels, with the first row of each', async () => {
      const files = [await write('a', rowsSql(100)), await write('b', rowsSql(100, 100))];
      const [least] = await queryParquet(files, 'select min(amount) as value, min_by(_key, amount) as key from $files');
      const [below] = await some(files, 'amount', 'values below the minimum');
      assert.deepEqual(below!.slice(0, 3), [least!['value'], 1, least!['key']]);
      const [most] = await queryParquet(files, 'select max(amount) as value from $files');
      assert.equal((await some(files, 'amount', 'values above the maximum'))[0]![0], most!['value']);
      assert.deepEqual(await some(files, 'country', 'undeclared levels'), [
        ['', 29, 'k1', '00:01'],
        ["it's", 29, 'k2', '00:02'],
      ]);
    });

    it('are the first rows without a value, and repeated keys', async () => {
      const files = [await write('a', rowsSql(20)), await write('b', rowsSql(10, 18))];
      assert.deepEqual(await some(files, 'amount', 'nulls'), [
        [null, 1, 'k3', '00:03'],
        [null, 1, 'k13', '00:13'],
      ]);
      assert.deepEqual(await some(files, null, 'duplicate keys'), [
        ['k18', 2, 'k18', '00:18'],
        ['k19', 2, 'k19', '00:19'],
      ]);
    });

    it('are empty when nothing is wrong', async () => {
      assert.deepEqual(await some([], 'amount', 'nulls'), []);
    });

    it('are the same beside columns with the names of their own fields', async () => {
      const rows = `${rowsSql(20)} union all ${rowsSql(2)}`;
      const plain = [await write('plain', rows)];
      const beside = [await write('beside', `select *, 7 as value, 8 as rows, 9 as time, 'x' as key from (${rows})`)];
      for (const [column, name] of [
        ['amount', 'values below the minimum'],
        ['amount', 'values above the maximum'],
        ['amount', 'nulls'],
        ['country', 'undeclared levels'],
        [null, 'duplicate keys'],
      ] as const) {
        const found = await some(plain, column, name);
        assert.ok(found.length > 0, name);
        assert.deepEqual(await some(beside, column, name), found);
      }
    });
  });

  describe('a damaged file', () => {
    const questions: Record<string, (files: string[]) => Promise<unknown>> = {
      summarise: (files) => analytics.summarise(files, columns),
      samples: (files) => analytics.samples(files, ['amount'], 10),
      profile: (files) => analytics.profile(files, makeBinning({ amount: { kind: 'number', edges: [1] } }), always),
      labelShare: (files) => analytics.labelShare(files, [], { asOf: always.to, maturesAfter: '1 day', whenAbsent: 0 }),
      readSplit: (files) => analytics.readSplit(files.at(-1)!, 'train', ['amount'])[Symbol.asyncIterator]().next(),
    };
    for (const [question, ask] of Object.entries(questions))
      it(`is named by ${question} when it is cut off`, async () => {
        const files = [await write('good', rowsSql(100)), await write('cut', rowsSql(5_000))];
        await truncate(files[1]!, 1_000);
        await assert.rejects(ask(files), { code: 'OBJECT_CORRUPT', message: /^cut at .*cannot be read as Parquet/ });
      });

    it('is named when bytes in its middle are wrong', async () => {
      const files = [await write('good', rowsSql(100)), await write('rotten', rowsSql(20_000))];
      const bytes = await readFile(files[1]!);
      await writeFile(files[1]!, bytes.fill(0x55, 100, bytes.length >> 1));
      await assert.rejects(analytics.summarise(files, columns), { code: 'OBJECT_CORRUPT', message: /^rotten at / });
    });

    it('is named when it is gone', async () => {
      await assert.rejects(analytics.summarise([join(folder(), 'lost')], columns), {
        code: 'OBJECT_MISSING',
        message: /^lost is no longer at/,
      });
    });

    it('is not blamed for a wrong question', async () => {
      await assert.rejects(analytics.samples([await write('good', rowsSql(10))], ['nonsense'], 10), /nonsense/);
    });
  });

  it('reads the facts of a part of labels to the microsecond, leaving out those without a value', async () => {
    const facts = [
      { key: 'a', value: 1, observedAt: '2026-01-01 00:00:00.123456' },
      { key: 'b', value: null, observedAt: '2026-01-02' },
      { key: 'c', value: 0, observedAt: '2026-01-03' },
    ];
    const file = await write('facts', factsSql(facts));
    const read = [];
    for await (const batch of analytics.readFacts(file)) read.push(...batch);
    const byKey = read.sort((one, other) => (one.key < other.key ? -1 : 1)); // they come in any order
    assert.deepEqual(byKey, [
      { key: 'a', value: 1, observedAt: '2026-01-01T00:00:00.123456Z' },
      { key: 'c', value: 0, observedAt: '2026-01-03T00:00:00.000000Z' },
    ]);
  });

  it('takes file names that look like patterns literally', async () => {
    const file = await write("it's a [1] *?.parquet", rowsSql(10));
    await write("it's a 1 zz.parquet", rowsSql(10, 50));
    assert.equal((await analytics.summarise([file], columns)).rows, 10);
  });

  it('leaves nothing behind when it is closed', async () => {
    const own = await createAnalytics({ folder: folder() });
    assert.equal(readdirSync(folder()).length, 1);
    own.close();
    assert.deepEqual(readdirSync(folder()), []);
  });
});
