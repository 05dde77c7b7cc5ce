import { createExtractor } from '../../../adapters/sources/extractor.ts';
import { createSecrets } from '../../../adapters/machine/secrets.ts';
import { type Progress } from '../../../core/base/progress.ts';
import { type Reading } from '../../../core/sources/extractor.ts';
import { storedName } from '../../../core/data/stored-names.ts';
import { folderPerTest } from '../../support/folders.ts';
import { queryParquet } from '../../support/data/parquet.ts';
import { until } from '../../support/temporal/workflows.ts';
import { runSql, testDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const table = (name: string): Reading['from'] => ({
  kind: 'postgres',
  connection: { env: 'SHOP_DB_URL' },
  table: name,
});
const reading: Reading = {
  from: table('payments'),
  key: 'id',
  time: 'paid_at',
  entity: 'card',
  columns: {
    amount: { kind: 'number', nulls: 0 },
    country: { kind: 'category', nulls: 0 },
    online: { kind: 'boolean', nulls: 0 },
    hour: { kind: 'hour' },
  },
};
const labels: Reading = {
  ...reading,
  from: table('chargebacks'),
  key: 'payment',
  time: 'seen_at',
  entity: null,
  columns: { fraud: { kind: 'number', nulls: 0 } },
};
const january = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };

/** A table of 400 million rows, more than any test waits for, of which each has the given amount. */
const endless = (amount = 'n') => `drop table payments; create view payments as
  select n::text as id, timestamptz '2026-01-01 12:00Z' as paid_at, 'c' as card, ${amount}::float8 as amount, 'PT' as country, true as online
  from generate_series(1, 20000) m, lateral (select (m - 1) * 20000 + k as n from generate_series(1, 20000) k) numbers`;

describe('the Postgres extractor', () => {
  const folder = folderPerTest();
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase({
      template: 'payments',
      listed: true,
      prepare: (url) =>
        runSql(
          url,
          `create table payments (id bigint, paid_at timestamptz, card text, amount numeric(12, 2), country text, online boolean, note jsonb);
           create table chargebacks (payment bigint, seen_at timestamptz, fraud boolean)`,
        ),
    });
  });
  afterEach(() => database.drop());

  const extractor = (url = database.url) => createExtractor({ secrets: createSecrets({ SHOP_DB_URL: url }) });
  const file = () => join(folder(), 'part.parquet');
  const sql = (statement: string) => runSql(database.url, statement);
  const quiet = (): Progress => ({ signal: new AbortController().signal, onProgress: () => undefined });
  const extract = (what: Reading = reading, progress = quiet()) => extractor().extract(what, january, file(), progress);
  const rows = () => queryParquet(file(), 'select * from $files');
  const values = async (column: string) => (await rows()).map((row) => row[column]);

  const urgencies: Reading = {
    ...reading,
    columns: { country: { kind: 'category', nulls: 0 } },
    classes: ['PT', 'DE', 'NL'],
  };

  describe('extracts', () => {
    it('a label of several classes as the place of its class, and refuses one that is not declared', async () => {
      await sql(
        `insert into payments values (1, '2026-01-01Z', 'c', 1, 'DE', true), (2, '2026-01-02Z', 'c', 1, 'PT', true)`,
      );
      await extract(urgencies);
      assert.deepEqual(await values('country'), [1, 0]);
      await sql(`insert into payments values (3, '2026-01-03Z', 'c', 1, 'secret', true)`);
      await assert.rejects(extract(urgencies), (error: Error & { code: string }) => {
        assert.equal(error.code, 'SOURCE_VALUE_INVALID');
        assert.match(
          error.message,
          /Column country of .*none of the declared classes in 1 row .* they are PT, DE, NL\./,
        );
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    });

    it('the rows of a partition in order of time and key, with the hour derived from the time', async () => {
      await sql(`insert into payments values
        (3, '2026-01-02T23:30Z', 'c2', 12.5, 'PT', true),
        (1, '2026-01-01T00:00Z', 'c1', 7, 'DE', false),
        (10, '2026-01-02T23:30Z', 'c1', 9, 'DE', false),
        (8, '2025-12-31T23:59:59.999Z', 'c1', 1, 'DE', false),
        (9, '2026-02-01T00:00Z', 'c1', 1, 'DE', false)`);

      const { rows: count } = await extract();

      assert.equal(count, 3);
      assert.deepEqual(await rows(), [
        { _key: '1', _time: '2026-01-01 00:00:00', _entity: 'c1', amount: 7, country: 'DE', online: false, hour: 0 },
        { _key: '10', _time: '2026-01-02 23:30:00', _entity: 'c1', amount: 9, country: 'DE', online: false, hour: 23 },
        { _key: '3', _time: '2026-01-02 23:30:00', _entity: 'c2', amount: 12.5, country: 'PT', online: true, hour: 23 },
      ]);
    });

    it('no rows without a time, and tells how many there are', async () => {
      await sql(`insert into payments values (1, null, 'c1', 7, 'DE', false), (2, null, 'c1', 7, 'DE', false),
        (3, '2026-01-02T23:30Z', 'c2', 12.5, 'PT', true)`);
      assert.equal((await extract()).rows, 1);
      const counted = () => extractor().leftOut(reading, '2026-01-01T00:00:00.000Z', quiet().signal);
      assert.deepEqual(await counted(), { withoutTime: 2, older: 0 });
      await sql('delete from payments where paid_at is null');
      assert.deepEqual(await counted(), { withoutTime: 0, older: 0 });
    });

    it('and tells how many rows are older than the declared history', async () => {
      await sql(`insert into payments values (1, '2025-12-31T23:59Z', 'c1', 7, 'DE', false),
        (2, '2026-01-01T00:00Z', 'c1', 7, 'DE', false), (3, null, 'c2', 12.5, 'PT', true)`);
      const counted = await extractor().leftOut(reading, '2026-01-01T00:00:00.000Z', quiet().signal);
      assert.deepEqual(counted, { withoutTime: 1, older: 1 });
    });

    it('and counts those without a time for one reader at a time, until it is told to stop', async () => {
      await sql(endless().replace("timestamptz '2026-01-01 12:00Z'", 'to_timestamp(n)'));
      const stopped = new AbortController();
      const one = extractor();
      const counted = Promise.allSettled(
        [1, 2].map(() => one.leftOut(reading, '2026-01-01T00:00:00.000Z', stopped.signal)),
      );
      const counting = async (): Promise<number> => {
        const { rows: found } = await sql(
          `select 1 from pg_stat_activity where datname = current_database() and query like 'select (count(*) %payments%'
             and state = 'active'`,
        );
        return found.length;
      };
      await until(async () => (await counting()) > 0);
      assert.equal(await counting(), 1);
      stopped.abort(new Error('enough'));
      for (const { status } of await counted) assert.equal(status, 'rejected');
      await until(async () => (await counting()) === 0);
    });

    it('with the size and hash of the file written', async () => {
      await sql(`insert into payments values (1, '2026-01-01T00:00Z', 'c1', 7, 'DE', false)`);
      const { sha256, bytes } = await extract();
      const written = await readFile(file());
      assert.equal(bytes, written.length);
      assert.equal(sha256, createHash('sha256').update(written).digest('hex'));
    });

    it('an empty partition as a file without rows that still has its columns', async () => {
      assert.equal((await extract()).rows, 0);
      const columns = await queryParquet(file(), 'describe select * from $files');
      assert.deepEqual(
        columns.map((column) => `${column['column_name'] as string} ${column['column_type'] as string}`),
        [
          '_key VARCHAR',
          '_time TIMESTAMP',
          '_entity VARCHAR',
          'amount DOUBLE',
          'country VARCHAR',
          'online BOOLEAN',
          'hour DOUBLE',
        ],
      );
    });

    it('text unchanged: empty and null, quotes, commas, line ends, other alphabets and the word for null itself', async () => {
      const texts = [
        null,
        '',
        '\\N',
        '\\.',
        'a "quoted", one',
        'two\nlines',
        'win\r\ndows',
        ' blank ',
        'ção 漢字 🦊',
        "it's",
        'NULL',
      ];
      const literal = (text: string | null) => (text === null ? 'null' : `$tag$${text}$tag$`);
      await sql(
        `insert into payments (id, paid_at, country) values ${texts.map((text, i) => `(${100 + i}, '2026-01-05', ${literal(text)})`).join(', ')}`,
      );
      await extract();
      assert.deepEqual(await values('country'), texts);
    });

    it('nulls as nulls, and numbers that are not finite as null', async () => {
      await sql(`alter table payments alter amount type float8;
        insert into payments (id, paid_at, amount) values
          (1, '2026-01-05', null), (2, '2026-01-05', 'NaN'), (3, '2026-01-05', '-Infinity'), (4, '2026-01-05', 0.1)`);
      await extract();
      assert.deepEqual(await values('amount'), [null, null, null, 0.1]);
      assert.deepEqual(await values('online'), [null, null, null, null]);
      assert.deepEqual(await values('_entity'), [null, null, null, null]);
    });

    it('times in UTC, whatever the zone of database and user', async () => {
      await sql(`alter database ${new URL(database.url).pathname.slice(1)} set timezone = 'Asia/Kolkata';
        alter database ${new URL(database.url).pathname.slice(1)} set datestyle = 'German'`);
      await sql(`insert into payments (id, paid_at) values (1, '2026-01-10T23:00:00.123456-05:00')`);
      await extract();
      assert.deepEqual(await values('_time'), ['2026-01-11 04:00:00.123456']);
      assert.deepEqual(await values('hour'), [4]);
    });

    for (const type of ['timestamp', 'date'])
      it(`a time of type ${type} as UTC, excluding the partition's end`, async () => {
        await sql(`alter database ${new URL(database.url).pathname.slice(1)} set timezone = 'America/New_York'`);
        await sql(`alter table payments alter paid_at type ${type};
          insert into payments (id, paid_at) values (1, '2025-12-31'), (2, '2026-01-01'), (3, '2026-01-31'), (4, '2026-02-01')`);
        await extract();
        assert.deepEqual(await values('_time'), ['2026-01-01 00:00:00', '2026-01-31 00:00:00']);
      });

    it('columns of many types, domains and enums, and names that need quotes', async () => {
      await sql(`create type size as enum ('S', 'M'); create domain cents as integer check (value > 0); create schema "My Shop";
        create table "My Shop"."Sales" ("Id" uuid, "at Time" timestamptz, "the ""sum""" cents, size size, code char(4), big bigint, flag boolean);
        insert into "My Shop"."Sales" values ('7d444840-9dc0-11d1-b245-5ffdce74fad2', '2026-01-05', 5, 'M', 'ab', 9007199254740991, true)`);
      await extract({
        ...reading,
        from: table('My Shop.Sales'),
        key: 'Id',
        time: 'at Time',
        entity: null,
        columns: {
          'the "sum"': { kind: 'number', nulls: 0 },
          size: { kind: 'category', nulls: 0 },
          code: { kind: 'category', nulls: 0 },
          big: { kind: 'number', nulls: 0 },
          flag: { kind: 'number', nulls: 0 },
        },
      });
      const [{ _time, _entity, ...row } = {}] = await rows();
      assert.deepEqual(row, {
        _key: '7d444840-9dc0-11d1-b245-5ffdce74fad2',
        [storedName('the "sum"')]: 5,
        size: 'M',
        code: 'ab',
        big: 9007199254740991,
        flag: 1,
      });
    });

    for (const { type, facts, expected } of [
      { type: 'boolean', facts: ['true', 'false', null], expected: [1, 0, null] },
      { type: 'integer', facts: ['1', '0'], expected: [1, 0] },
      { type: 'text', facts: ['true', 'False', ' t', 'no', '1', '0.0'], expected: [1, 0, 1, 0, 1, 0] },
    ])
      it(`label facts of type ${type} as the numbers 0 and 1`, async () => {
        await sql(`alter table chargebacks alter fraud type ${type} using fraud::text::${type}`);
        const literals = facts.map((fact, i) => `(${i}, '2026-01-05', ${fact === null ? 'null' : `'${fact}'`})`);
        await sql(`insert into chargebacks values ${literals.join(', ')}`);
        await extract(labels);
        assert.deepEqual(await values('fraud'), expected);
        const [column] = await queryParquet(file(), 'select distinct typeof(fraud) as type from $files');
        assert.deepEqual(column, { type: 'DOUBLE' });
      });
  });

  describe('checks', () => {
    it('and accepts a table that fits', async () => {
      await extractor().check(reading);
      await extractor().check(labels);
    });

    it('that the database answers, and names it without the password', async () => {
      const unreachable = createExtractor({
        secrets: createSecrets({ SHOP_DB_URL: 'postgres://ann:s3cret@127.0.0.1:1/shop' }),
      });
      await assert.rejects(unreachable.check(reading), (error: Error & { code: string }) => {
        assert.equal(error.code, 'SOURCE_UNREACHABLE');
        assert.match(error.message, /payments in 127\.0\.0\.1:1\/shop: connect ECONNREFUSED.*SHOP_DB_URL/);
        assert.doesNotMatch(error.message, /s3cret/);
        return true;
      });
    });

    it('that the address is valid, and shows nothing of an invalid one', async () => {
      const wrong = createExtractor({ secrets: createSecrets({ SHOP_DB_URL: 'ann:s3cret@shop' }) });
      await assert.rejects(wrong.check(reading), (error: Error & { code: string }) => {
        assert.equal(error.code, 'SOURCE_UNREACHABLE');
        assert.match(error.message, /SHOP_DB_URL/);
        assert.doesNotMatch(error.message, /s3cret/);
        return true;
      });
    });

    it('the password', () =>
      assert.rejects(extractor(database.url.replace(/:[^:@]+@/, ':wrong@')).check(reading), {
        code: 'SOURCE_UNREACHABLE',
        message: /password authentication failed/,
      }));

    it('that the database exists', () =>
      assert.rejects(extractor(`${database.url}x`).check(reading), {
        code: 'SOURCE_UNREACHABLE',
        message: /does not exist/,
      }));

    it('that the table exists, and otherwise lists the most similar names first', () =>
      assert.rejects(extractor().check({ ...reading, from: table('payment') }), {
        code: 'SOURCE_TABLE_MISSING',
        message: /There is no table payment in .*; the tables are: payments, chargebacks\./,
      }));

    it('that the user may read the table', async () => {
      await sql(`create role reader_${process.pid} login password 'pw'`);
      const url = new URL(database.url);
      url.username = `reader_${process.pid}`;
      url.password = 'pw';
      try {
        await assert.rejects(extractor(url.href).check(reading), {
          code: 'SOURCE_TABLE_MISSING',
          message: /permission denied.*Grant/,
        });
      } finally {
        await sql(`drop role reader_${process.pid}`);
      }
    });

    it('that every column exists, and lists those that do', () =>
      assert.rejects(
        extractor().check({
          ...reading,
          entity: 'holder',
          columns: { ...reading.columns, amuont: { kind: 'number', nulls: 0 } },
        }),
        {
          code: 'SOURCE_COLUMN_MISSING',
          message:
            /has no column holder, amuont; its columns are: id, paid_at, card, amount, country, online, note\. Did you mean "amount"\?/,
        },
      ));

    for (const { column, kind } of [
      { column: 'country', kind: 'number' },
      { column: 'note', kind: 'category' },
      { column: 'amount', kind: 'boolean' },
    ] as const)
      it(`that the type of ${column} fits a ${kind}`, () =>
        assert.rejects(
          extractor().check({ ...reading, columns: { ...reading.columns, [column]: { kind, nulls: 0 } } }),
          {
            code: 'SOURCE_COLUMN_TYPE',
            message: new RegExp(`Column ${column} of payments in .* is of type .*declared as ${kind} takes`),
          },
        ));

    it('that the time column is a time', () =>
      assert.rejects(extractor().check({ ...reading, time: 'id' }), {
        code: 'SOURCE_COLUMN_TYPE',
        message: /id of payments in .* is of type bigint, but a time column takes timestamp, timestamptz or date/,
      }));
  });

  describe('leaves nothing behind', () => {
    const leftBehind = () => readdir(folder());

    it('except the part when all goes well', async () => {
      await extract();
      assert.deepEqual(await leftBehind(), ['part.parquet']);
    });

    it('when the table lacks a column', async () => {
      await sql('alter table payments drop amount');
      await assert.rejects(extract(), { code: 'SOURCE_COLUMN_MISSING' });
      assert.deepEqual(await leftBehind(), []);
    });

    it('when a text is not a number', async () => {
      await sql(
        `alter table chargebacks alter fraud type text; insert into chargebacks values (1, '2026-01-05', 'perhaps')`,
      );
      await assert.rejects(extract(labels), {
        code: 'SOURCE_VALUE_INVALID',
        message: /^Column fraud of chargebacks in [^"]*: a text is not a value of its type \(SQLSTATE 22P02\)[^"]*$/,
      });
      assert.deepEqual(await leftBehind(), []);
    });

    it('when a row has no key', async () => {
      await sql(`insert into payments (id, paid_at) values (null, '2026-01-05'), (1, '2026-01-05')`);
      await assert.rejects(extract(), { code: 'SOURCE_VALUE_INVALID', message: /1 rows without id/ });
      assert.deepEqual(await leftBehind(), []);
    });

    it('when the copy breaks midway', async () => {
      await sql(endless('(1 / (n - 300000))'));
      await assert.rejects(extract(), { code: 'SOURCE_VALUE_INVALID', message: /divided by zero/ });
      assert.deepEqual(await leftBehind(), []);
    });

    /** Does something once, when rows have begun to come. */
    const midway = (act: () => unknown): Progress['onProgress'] => {
      let acted = false;
      return (detail) => {
        if (acted || (detail as { bytes: number }).bytes === 0) return;
        acted = true;
        act();
      };
    };

    it('when the backend is killed midway', async () => {
      await sql(endless());
      let kill: Promise<unknown> | undefined;
      const onProgress = midway(
        () =>
          (kill = sql(
            `select pg_terminate_backend(pid) from pg_stat_activity where query like 'copy%' and datname = current_database()`,
          )),
      );
      await assert.rejects(extract(reading, { ...quiet(), onProgress }), {
        code: 'SOURCE_UNREACHABLE',
        message: /terminat/,
      });
      await kill;
      assert.deepEqual(await leftBehind(), []);
    });

    it('when it is interrupted midway: nothing here or in the database, long before its end', async () => {
      await sql(endless());
      const stop = new AbortController();
      const onProgress = midway(() => stop.abort(new Error('cancelled by its workflow')));
      await assert.rejects(extract(reading, { signal: stop.signal, onProgress }), /cancelled by its workflow/);
      assert.deepEqual(await leftBehind(), []);
      const copies = `select from pg_stat_activity where query like 'copy%' and state = 'active' and datname = current_database()`;
      while ((await sql(copies)).rowCount !== 0);
    });

    it('when it is interrupted before it starts', async () => {
      const signal = AbortSignal.abort(new Error('never mind'));
      await assert.rejects(extract(reading, { signal, onProgress: () => undefined }), /never mind/);
      assert.deepEqual(await leftBehind(), []);
    });

    it('when it is interrupted while the table is locked', async () => {
      const pg = await import('pg');
      const locker = new pg.default.Client({ connectionString: database.url });
      await locker.connect();
      await locker.query('begin; lock table payments');
      const stop = new AbortController();
      const onProgress = () => stop.abort(new Error('tired of waiting'));
      await assert.rejects(extract(reading, { signal: stop.signal, onProgress }), /tired of waiting/);
      await locker.end();
      assert.deepEqual(await leftBehind(), []);
    });
  });

  it('runs as many extractions at once as are requested', async () => {
    await sql(`insert into payments select n, '2026-01-05', 'c', n, 'PT', true from generate_series(1, 20000) n`);
    const one = extractor();
    const counts = await Promise.all(
      Array.from({ length: 8 }, (_, i) => one.extract(reading, january, join(folder(), `${i}.parquet`), quiet())),
    );
    assert.deepEqual(
      counts.map(({ rows }) => rows),
      Array.from({ length: 8 }, () => 20_000),
    );
  });
});
