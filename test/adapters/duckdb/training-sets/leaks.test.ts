import { createAnalytics, type DuckAnalytics } from '../../../../adapters/duckdb/analytics.ts';
import { repeatedRows } from '../../../../adapters/duckdb/training-sets/repeated-rows.ts';
import type { Columns } from '../../../../core/columns/index.ts';
import type { AssembleOptions } from '../../../../core/data/analytics.ts';
import { leaksInWords, type Leak } from '../../../../core/training/leaks.ts';
import { folderPerTest } from '../../../support/folders.ts';
import { writeParquet } from '../fixtures.ts';
import { DuckDBInstance } from '@duckdb/node-api';
import assert from 'node:assert/strict';
import { join } from 'node:path';

const ROWS = 4_000;
/** A number between 0 and 1 that only the row and a name decide. */
const chance = (name: string): string => `((hash(n, '${name}') % 1000000)::double / 1e6)`;
const number = { kind: 'number', nulls: 1 } as const;
const category = { kind: 'category', nulls: 1 } as const;

describe('leaks of a training set', () => {
  const folder = folderPerTest();
  let analytics: DuckAnalytics;
  before(async () => void (analytics = await createAnalytics()));
  after(() => analytics.close());

  /** Honest columns and, beside them, those of the test: by name, the SQL over the row's number `n` and label `y`. */
  async function find(
    more: Record<string, [Columns[string], string]>,
    {
      kind = 'binary',
      rows = '',
      honest = true,
    }: Partial<{ kind: 'binary' | 'number'; rows: string; honest: boolean }> = {},
  ): Promise<Leak[]> {
    const y = kind === 'binary' ? `(${chance('y')} < 0.1)::double` : `exp(3 * ${chance('y')})`;
    const usual: Record<string, [Columns[string], string]> = honest
      ? {
          amount: [number, `round(exp(2 * ${chance('amount')} + y / 2), 2)`],
          country: [category, `'C' || floor(8 * ${chance('country')})::int`],
          hour: [{ kind: 'hour' }, 'hour(_time)::double'],
        }
      : {};
    const columns = { ...usual, ...more };
    const select = Object.entries(columns).map(([name, [, sql]]) => `, ${sql} as "${name}"`);
    const source = `select n, 'k' || n as _key, timestamp '2026-01-01' + to_minutes(n) as _time, null::varchar as _entity,
      ${y} as y from (select unnest(range(${ROWS}))::int as n)`;
    const made = `select _key, _time, _entity${select.join('')} from (${source})`;
    const rowFile = await writeParquet(
      join(folder(), 'rows.parquet'),
      rows === '' ? made : rows.replaceAll('$made', `(${made})`),
    );
    const labelFile = await writeParquet(
      join(folder(), 'labels.parquet'),
      `select _key, _time, _entity, y as label from (${source})`,
    );
    const options: AssembleOptions = {
      asOf: '2026-02-01T00:00:00.000Z',
      maturesAfter: '1 day',
      kind,
      whenAbsent: kind === 'binary' ? 0 : null,
      columns: Object.fromEntries(Object.entries(columns).map(([name, [of]]) => [name, of])),
      shares: { train: 0.6, selection: 0.15, calibration: 0.1, holdout: 0.15, embargo: '0 seconds' },
      holdoutNotBefore: null,
      seed: 7,
    };
    const file = join(folder(), 'set.parquet');
    const set = await analytics.assemble([rowFile], [labelFile], options, file);
    const question = { ...set, columns: options.columns, kind, seed: 7 };
    const { found } = await analytics.findLeaks(file, question);
    assert.deepEqual((await analytics.findLeaks(file, question)).found, found, 'the same each time');
    return found;
  }
  const kinds = (leaks: Leak[]) =>
    leaks.map((leak) => ('column' in leak ? `${leak.kind} ${leak.column}` : `${leak.kind} ${leak.split}`));

  it('are not seen where there are none, however many levels and values the columns have', async () => {
    const found = await find({
      merchant: [category, `'M' || floor(300 * pow(${chance('merchant')}, 3))::int`],
      measured: [number, chance('measured')],
      cents: [number, `floor(100000 * ${chance('cents')})`],
      since: [category, `strftime(_time - to_days((100 * ${chance('since')})::int), '%Y-%m-%d')`],
      flag: [{ kind: 'boolean', nulls: 1 }, `${chance('flag')} < 0.2`],
    });
    assert.deepEqual(kinds(found), []);
    assert.deepEqual(kinds(await find({ good: [number, `ln(y) + ${chance('good')}`] }, { kind: 'number' })), []);
  });

  it('are columns that alone predict the label, by value, by level or by being there', async () => {
    const found = await find({
      refund: [number, `y * (1 + ${chance('refund')})`],
      reason: [category, `case when y = 1 then 'R' || floor(5 * ${chance('reason')})::int end`],
      far: [number, `case when y = 1 then (n % 2 - 0.5) * 100 else ${chance('far')} end`],
      strong: [number, `y + 2 * ${chance('strong')}`],
    });
    assert.deepEqual(kinds(found), ['predicts refund', 'predicts reason', 'predicts far']);
    assert.match(
      leaksInWords({ found, rows: ROWS })[0]!,
      /^"refund" alone predicts the label \(ROC AUC \d\.\d{3}\)\. .*leave it out/,
    );
    const numbers = await find(
      { inCents: [number, `floor(100 * y) + floor(2 * ${chance('cents')})`] },
      { kind: 'number' },
    );
    assert.deepEqual(kinds(numbers), ['predicts inCents']);
  });

  it('are not columns whose every level is of few rows, whatever these rows have in common', async () => {
    assert.deepEqual(kinds(await find({ card: [category, `'card ' || n // 3`] })), []);
  });

  it('are times after the row, as numbers or as text, but no times before it', async () => {
    const found = await find({
      closed: [number, `epoch(_time) + 3600 * (${chance('closed')} - 0.5)`],
      updated: [number, `floor(1000 * (epoch(_time) + 86400 * ${chance('updated')}))`],
      paid: [category, `strftime(_time + to_hours((n % 100)::int), '%Y-%m-%dT%H:%M:%S')`],
      opened: [number, `floor(epoch(_time) / 3600) * 3600 - 3600 * floor(40 * ${chance('opened')})`],
    });
    assert.deepEqual(
      kinds(found).filter((leak) => leak.startsWith('later')),
      ['later closed', 'later updated', 'later paid'],
    );
  });

  it('are columns with a value for each row: texts, and numbers that count', async () => {
    const found = await find({
      order: [category, `'order ' || hash(n)`],
      serial: [number, '7000000 + 40 * n'],
      shuffled: [number, `(n * 7919) % ${ROWS}`],
    });
    assert.deepEqual(kinds(found), ['key order', 'key serial', 'key shuffled']);
  });

  it('are searched beside numbers whose squares are too large, or that are none', async () => {
    const found = await find({
      limit: [number, `case when n % 97 = 0 then 1.7976931348623157e308 else -floor(10 * ${chance('limit')}) end`],
      serial: [
        number,
        `case when n % 1000 = 500 then 'nan'::double when n % 1000 = 600 then -1e200 else 7e6 + 40 * n end`,
      ],
    });
    assert.deepEqual(kinds(found), ['key serial']);
  });

  it('are rows that come again in a later split', async () => {
    const again = `select * from $made union all select 'again ' || _key, _time + to_days(2), _entity, amount, country, hour,
      width from $made where _time < timestamp '2026-01-01 12:00' and hash(_key) % 2 = 0`;
    const width: Record<string, [Columns[string], string]> = { width: [number, chance('width')] };
    const found = await find(width, { rows: again });
    assert.equal(found.length > 0 && found.every(({ kind }) => kind === 'repeated'), true, JSON.stringify(found));
  });

  it('are rows that nearly come again in a later split: numbers differ behind their fourth digit', async () => {
    const again = `select * from $made union all select 'again ' || _key, _time + to_days(2), _entity, amount * 1.00001, country, hour,
      width * 0.99999 from $made where _time < timestamp '2026-01-01 12:00' and hash(_key) % 2 = 0`;
    const width: Record<string, [Columns[string], string]> = { width: [number, `1000 * ${chance('width')} - 500`] };
    const found = await find(width, { rows: again });
    assert.deepEqual([...new Set(kinds(found))].toSorted(), ['repeated holdout', 'repeated selection']);
    for (const leak of found)
      assert.ok(leak.kind === 'repeated' && leak.rounded! > 0.9 * leak.rows, JSON.stringify(leak));
    assert.match(leaksInWords({ found, rows: 1 })[0]!, /of them once numbers are rounded to four digits/);
    assert.deepEqual(await find(width), []);
  });

  it('are rows that come again also where only a part of all rows is compared', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const again = 'case when n % 4 = 0 and n >= 3000 then n - 3000 else n end';
    const values = names.map((name) => `floor(500 * ${chance(name)}) as ${name}`).join(', ');
    const file = await writeParquet(
      join(folder(), 'set.parquet'),
      `select case when i < 3400 then 'train' else 'holdout' end as _split, ${values}
       from (select n as i, ${again} as n from (select unnest(range(${ROWS}))::int as n))`,
    );
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    const as = names.map((name, i) => `${name} as c${i}`).join(', ');
    await connection.run(`create temp table leak_rows as select ${as} from read_parquet('${file}')`);
    const columns = names.map((declared, i) => ({ declared, name: `c${i}`, value: 'number', read: true }) as const);
    assert.deepEqual(kinds(await repeatedRows(connection, file, columns)), ['repeated holdout']);
    await connection.run('drop table leak_hashes');
    assert.deepEqual(kinds(await repeatedRows(connection, file, columns, 1_000)), ['repeated holdout']);
    instance.closeSync();
  });

  it('are not rows that are alike since their columns have few values', async () => {
    const few: Record<string, [Columns[string], string]> = {
      a: [category, `'A' || floor(10 * ${chance('a')})::int`],
      b: [number, `floor(20 * ${chance('b')})`],
      c: [number, `2 * floor(20 * ${chance('b')})`],
      d: [category, `'D' || floor(12 * ${chance('d')})::int`],
    };
    assert.deepEqual(kinds(await find(few, { honest: false })), []);
    const { a, b, c } = few;
    assert.deepEqual(kinds(await find({ a: a!, b: b!, c: c! }, { honest: false })), []);
  });
});
