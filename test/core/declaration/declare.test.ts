import assert from 'node:assert/strict';
import {
  boolean,
  category,
  csv,
  definePipeline,
  env,
  facts,
  hour,
  http,
  logistic,
  mlp,
  number,
  postgres,
} from 'perennial';
import { contentId } from '../../../core/base/ids.ts';
import { readingsOf } from '../../../core/sources/partitions.ts';
import { parsePipeline, toStore } from '../../../core/declaration/pipeline.ts';
import { isSensitive } from '../../../core/declaration/redaction/redaction.ts';

describe("the words of a declaration, imported from 'perennial'", () => {
  const smallest = definePipeline({
    name: 'churn-weekly',
    source: postgres({ connection: env('SHOP_DB_URL'), table: 'shop.customers', key: 'id', time: 'seen_at' }),
    columns: { visits: number(), plan: category({ levels: ['free', 'paid'] }), mobile: boolean(), at: hour() },
    label: {
      name: 'left',
      facts: facts.postgres({
        connection: env('SHOP_DB_URL'),
        table: 'shop.departures',
        key: 'customer_id',
        value: 'left',
        observedAt: 'noted_at',
      }),
      maturesAfter: '14 days',
      whenAbsent: 0,
    },
    candidates: [logistic(), mlp({ name: 'wide', hidden: [128] })],
    gates: { metric: 'rocAuc', margin: 0.005 },
  });

  it('make a pipeline from the few parts that have no default', () => {
    const pipeline = parsePipeline(smallest, 'pipelines/churn-weekly.ts');
    assert.deepEqual(pipeline.source, {
      kind: 'postgres',
      connection: { env: 'SHOP_DB_URL' },
      table: 'shop.customers',
      key: 'id',
      time: 'seen_at',
      partition: '1 day',
      lateness: '1 hour',
      history: '30 days',
    });
    assert.deepEqual(pipeline.columns, {
      visits: { kind: 'number', nulls: 0 },
      plan: { kind: 'category', levels: ['free', 'paid'], nulls: 0 },
      mobile: { kind: 'boolean', nulls: 0 },
      at: { kind: 'hour' },
    });
    assert.deepEqual(
      pipeline.candidates.map(({ kind, name }) => [kind, name]),
      [
        ['logistic', 'logistic'],
        ['mlp', 'wide'],
      ],
    );
    assert.deepEqual(pipeline.schedules, {
      data: '0 2 * * *',
      retraining: '0 3 * * 0',
      prediction: '0 6 * * *',
      monitoring: '0 * * * *',
      lifecycle: 'off',
    });
  });

  it('accept rows from an API or a file too, and need no facts where the label is a column of the rows', () => {
    const rows = { key: 'id', time: 'seen_at' };
    const { label: _label, ...rest } = smallest;
    const label = { name: 'left' };
    const api = http({ connection: env('SHOP_API_URL'), path: '/customers', token: env('SHOP_TOKEN'), ...rows });
    assert.deepEqual(parsePipeline({ ...rest, source: api, label }, 'a.ts').source, {
      kind: 'http',
      connection: { env: 'SHOP_API_URL' },
      path: '/customers',
      token: { env: 'SHOP_TOKEN' },
      rows: 'data',
      next: 'next',
      pageSize: 1_000,
      ...rows,
      partition: '1 day',
      lateness: '1 hour',
      history: '30 days',
    });
    const file = parsePipeline({ ...rest, source: csv({ file: 'customers.csv', ...rows }), label }, 'a.ts');
    assert.deepEqual([file.source.kind, file.label.facts], ['csv', undefined]);
  });

  it('refuse a key that belongs to another kind of source, and list the valid ones', () => {
    const source = { ...csv({ file: 'customers.csv', key: 'id', time: 'seen_at' }), table: 'customers' };
    assert.throws(() => parsePipeline({ ...smallest, source }, 'a.ts'), {
      code: 'PIPELINE_INVALID',
      message: /source: unknown key "table"; supported keys are: kind, file, decimal, timeFormat, nullText, key, time/,
    });
  });

  it('refuse a format of times that names no day, or has letters that nobody reads', () => {
    const source = (timeFormat: string) => csv({ file: 'customers.csv', key: 'id', time: 'seen_at', timeFormat });
    for (const [format, message] of [
      ['%m/%Y', /source\.timeFormat: name the day, the month and the year/],
      ['dd/mm/yyyy', /source\.timeFormat: name the day/],
      ['%d/%m/%Y %Q', /source\.timeFormat: use %d %m/],
    ] as const)
      assert.throws(() => parsePipeline({ ...smallest, source: source(format) }, 'a.ts'), { message });
  });

  it('mark what is sensitive, without changing revisions that mark nothing', () => {
    assert.equal(contentId(toStore(parsePipeline(smallest, 'a.ts'))), 'f1c4a572f9b6e9e3');
    const { key, time } = smallest.source;
    const marked = definePipeline({
      ...smallest,
      source: csv({ file: 'customers.csv', key, time, entity: 'household', sensitive: ['key', 'entity'] }),
      columns: {
        visits: number({ sensitive: true }),
        plan: category({ sensitive: true }),
        mobile: boolean({ sensitive: true }),
        at: hour({ sensitive: true }),
        region: category(),
      },
      label: { name: 'left', sensitive: true },
    });
    const pipeline = parsePipeline(marked, 'a.ts');
    for (const name of [key, 'household', 'visits', 'plan', 'mobile', 'at', 'left'])
      assert.ok(isSensitive(pipeline, name), name);
    for (const name of ['region', 'seen_at', 'constructor']) assert.ok(!isSensitive(pipeline, name), name);
    // It reads the same rows, visible or not: nothing is extracted again.
    const open = parsePipeline(
      { ...marked, columns: { ...marked.columns, visits: number() }, label: { name: 'left' } },
      'a.ts',
    );
    assert.deepEqual(readingsOf(pipeline), readingsOf(open));
  });

  it('name a secret and never contain it', () => {
    assert.deepEqual(env('SHOP_DB_URL'), { env: 'SHOP_DB_URL' });
  });
});
