import { createAnalytics, type DuckAnalytics } from '../../../../adapters/duckdb/analytics.ts';
import type { Columns } from '../../../../core/columns/index.ts';
import type { AssembleOptions } from '../../../../core/data/analytics.ts';
import { leaksInWords, type Leak } from '../../../../core/training/leaks.ts';
import { folderPerTest } from '../../../support/folders.ts';
import { writeParquet } from '../fixtures.ts';
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

  it('are rows that come again in a later split', async () => {
    const again = `select * from $made union all select 'again ' || _key, _time + to_days(2), _entity, amount, country, hour,
      width from $made where _time < timestamp '2026-01-01 12:00' and hash(_key) % 2 = 0`;
    const width: Record<string, [Columns[string], string]> = { width: [number, chance('width')] };
    const found = await find(width, { rows: again });
    assert.equal(found.length > 0 && found.every(({ kind }) => kind === 'repeated'), true, JSON.stringify(found));
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
