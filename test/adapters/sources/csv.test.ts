import { makePipe } from '../../../adapters/sources/pipe.ts';
import { createExtractor } from '../../../adapters/sources/extractor.ts';
import { createSecrets } from '../../../adapters/machine/secrets.ts';
import { type UserError } from '../../../core/base/errors/errors.ts';
import { type Reading } from '../../../core/sources/extractor.ts';
import { SECOND, type Instant } from '../../../core/time/time.ts';
import { folderPerTest } from '../../support/folders.ts';
import { queryParquet } from '../../support/data/parquet.ts';
import assert from 'node:assert/strict';
import { mkdir, readdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const january = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };
const HEADER = 'note,id,at,house,kwh,tariff,away';

describe('the CSV extractor', () => {
  const folder = folderPerTest();
  let source = '';
  beforeEach(() => void (source = join(folder(), 'usage [2026].csv')));
  const write = (...lines: string[]) => writeFile(source, [HEADER, ...lines, ''].join('\n'));
  const reading = (): Reading => ({
    from: { kind: 'csv', file: source },
    key: 'id',
    time: 'at',
    entity: 'house',
    columns: {
      kwh: { kind: 'number', nulls: 0 },
      tariff: { kind: 'category', nulls: 0 },
      away: { kind: 'boolean', nulls: 0 },
      hour: { kind: 'hour' },
    },
  });
  const facts = (): Reading => ({ ...reading(), entity: null, columns: { away: { kind: 'number', nulls: 0 } } });

  const extracting = (dataRoots: string[]) => createExtractor({ secrets: createSecrets({}), dataRoots });
  let extractor = extracting([]);
  beforeEach(() => void (extractor = extracting([folder()])));
  const file = () => join(folder(), 'part.parquet');
  const quiet = { signal: new AbortController().signal, onProgress: () => undefined };
  const extract = (what = reading(), signal = quiet.signal, within = january) =>
    extractor.extract(what, within, file(), { ...quiet, signal });
  const rows = () => queryParquet(file(), 'select * from $files');
  const values = async (column: string) => (await rows()).map((each) => each[column]);
  const refused = (work: Promise<unknown>, code: string, message: RegExp) => assert.rejects(work, { code, message });
  const failureOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => assert.fail('it went well'),
      (error: UserError) => `${error.code}: ${error.message}`,
    );

  describe('extracts', () => {
    it('the rows of a partition in the order of time and key, by the names of the first line', async () => {
      await write(
        ',b,2026-01-02T23:30:00+02:00,h1,1.5,day,true',
        ',a,2026-01-02 21:30,h2,-1e3,"day, ""cheap""",false',
        '"two\nlines",c,2026-01-01,h1,,,',
        ',early,2025-12-31T23:59:59.999Z,h1,1,day,true',
        ',late,2026-02-01,h1,1,day,true',
      );
      assert.equal((await extract()).rows, 3);
      assert.deepEqual(await rows(), [
        { _key: 'c', _time: '2026-01-01 00:00:00', _entity: 'h1', kwh: null, tariff: null, away: null, hour: 0 },
        {
          _key: 'a',
          _time: '2026-01-02 21:30:00',
          _entity: 'h2',
          kwh: -1000,
          tariff: 'day, "cheap"',
          away: false,
          hour: 21,
        },
        { _key: 'b', _time: '2026-01-02 21:30:00', _entity: 'h1', kwh: 1.5, tariff: 'day', away: true, hour: 21 },
      ]);
    });

    it('files as spreadsheets write them: with a byte order mark, semicolons and carriage returns', async () => {
      const lines = [`\ufeff"${HEADER.replaceAll(',', '";"')}"`, ';1;2026-01-05;"h;1";2.5;day;TRUE', ''];
      await writeFile(source, lines.join('\r\n'));
      await extract();
      assert.deepEqual([await values('_entity'), await values('kwh'), await values('away')], [['h;1'], [2.5], [true]]);
    });

    it('files as they are written where decimals have a comma and days come first', async () => {
      const from = { kind: 'csv', file: source, decimal: ',', timeFormat: '%d/%m/%Y %H:%M' } as const;
      const written = ['1,5', '-1.234,50', '1.234.567', ' 12 ', 'n/a', ''];
      await writeFile(
        source,
        [HEADER.replaceAll(',', ';'), ...written.map((kwh, i) => `;${i};05/01/2026 1${i}:00;h1;${kwh};-;true`)].join(
          '\n',
        ),
      );
      const asked = { ...reading(), from: { ...from, nullText: ['n/a', '-'] } };
      await extractor.check(asked);
      await extract(asked);
      assert.deepEqual(await values('kwh'), [1.5, -1234.5, 1234567, 12, null, null]);
      assert.deepEqual(new Set(await values('tariff')), new Set([null]));
      assert.deepEqual((await values('_time')).slice(0, 2), ['2026-01-05 10:00:00', '2026-01-05 11:00:00']);

      for (const [line, message] of [
        [';2;05/01/2026 10:00;h1;1.5;day;true', /line 2: kwh .* takes a number with a decimal comma/],
        [';2;05/01/2026 10:00;h1;0.500;day;true', /line 2: kwh .* takes a number with a decimal comma/],
        [';2;05/01/2026 10:00;h1;-0.125,0;day;true', /line 2: kwh .* takes a number with a decimal comma/],
        [';2;31/02/2026 10:00;h1;1,5;day;true', /line 2: at .* takes a time like %d\/%m\/%Y %H:%M/],
      ] as const) {
        await writeFile(source, `${HEADER.replaceAll(',', ';')}\n${line}\n`);
        await refused(extractor.check(asked), 'SOURCE_VALUE_INVALID', message);
      }
    });

    it('a label that is a column of the rows, as the numbers 0 and 1', async () => {
      const written = ['true', 'False', 'yes', 'n', '1', '0.0', ''];
      await write(...written.map((away, i) => `,${i},2026-01-05,h1,1,day,${away}`));
      await extract(facts());
      assert.deepEqual(await values('away'), [1, 0, 1, 0, 1, 0, null]);
    });

    it('times as people write them, in UTC unless they name their zone', async () => {
      const written = [
        '2026-01-05',
        '2026-01-05 10:00',
        '2026-01-05T10:00Z',
        '2026-01-05T10:00+02:00',
        '2026-01-05 10:00:00.5-0530',
      ];
      await write(...written.map((at, i) => `,${i},${at},h1,1,day,`));
      await extract();
      assert.deepEqual(await values('_time'), [
        '2026-01-05 00:00:00',
        '2026-01-05 08:00:00',
        '2026-01-05 10:00:00',
        '2026-01-05 10:00:00',
        '2026-01-05 15:30:00.5',
      ]);
    });

    it('no rows without a time, and tells how many there are', async () => {
      await write(',a,2026-01-02T21:30Z,h1,1.5,day,true', ',b,,h1,1.5,day,true', '', '');
      assert.equal((await extract()).rows, 1);
      const counted = await extractor.leftOut(reading(), '2026-01-01T00:00:00.000Z', quiet.signal);
      assert.deepEqual(counted, { withoutTime: 1, older: 0 });
      await assert.rejects(
        extractor.leftOut(reading(), '2026-01-01T00:00:00.000Z', AbortSignal.abort(new Error('enough'))),
        /enough/,
      );
    });

    it('tells how many rows are older than the declared history', async () => {
      await write(',a,2026-01-02T21:30Z,h1,1.5,day,true', ',b,2025-12-31 23:00,h1,1,day,true', ',c,2026-01-01 01:00+02,h1,1,day,true', ',d,yesterday,h1,1,day,true'); // prettier-ignore
      const counted = await extractor.leftOut(reading(), '2026-01-01T00:00:00.000Z', quiet.signal);
      assert.deepEqual(counted, { withoutTime: 0, older: 2 });
    });

    it('and tells it of each history by itself, though a slow count is remembered for a day', async () => {
      await write(',a,2025-12-31,h1,1,day,true', ',b,2026-01-02,h1,1,day,true', ',c,2026-01-05,h1,1,day,true');
      let now = 0;
      const slow = createExtractor({
        secrets: createSecrets({}),
        dataRoots: [folder()],
        now: () => (now += 2 * SECOND),
      });
      const older = async (from: Instant) => (await slow.leftOut(reading(), from, quiet.signal))?.older;
      assert.equal(await older('2026-01-01T00:00:00.000Z'), 1);
      assert.equal(await older('2026-01-04T00:00:00.000Z'), 2);
      await write(',c,2026-01-05,h1,1,day,true');
      assert.equal(await older('2026-01-01T05:00:00.000Z'), 1, 'as remembered');
    });

    it('nothing from a file without rows', async () => {
      await write();
      assert.deepEqual(await extractor.check(reading()), HEADER.split(',').filter((name) => name !== ''), 'and yet the names of its columns'); // prettier-ignore
      assert.equal((await extract()).rows, 0);
    });

    it('what is valid in a partition, whatever is wrong in another', async () => {
      await write(',a,2026-01-05,h1,1,day,true', ',b,2026-03-05,h1,none,day,true');
      assert.equal((await extract()).rows, 1);
    });
  });

  describe('reports', () => {
    it('that the file is missing, or is no file', async () => {
      await refused(extractor.check(reading()), 'SOURCE_FILE_MISSING', /There is no file .*usage \[2026\]\.csv/);
      await mkdir(source);
      await refused(
        extractor.check(reading()),
        'SOURCE_FILE_REFUSED',
        /usage \[2026\]\.csv is a folder and not a file/,
      );
    });

    it('which columns are missing, and which exist', async () => {
      await writeFile(source, 'id,at,house,kWh,tariff\n');
      await refused(
        extractor.check(reading()),
        'SOURCE_COLUMN_MISSING',
        /has no column kwh, away; its first line names: id, at, house, kWh, tariff\./,
      );
      await writeFile(source, '4111111111111111,2026-01-05,Ada Lovelace\n');
      const headless = await failureOf(extractor.check(reading()));
      assert.match(headless, /its first line names none of those declared\. Is it a header\?/);
      assert.doesNotMatch(headless, /4111|Lovelace/);
      await writeFile(source, '');
      await refused(
        extractor.check(reading()),
        'SOURCE_COLUMN_MISSING',
        /The first line of .* does not name its columns/,
      );
      await writeFile(source, `${HEADER},kwh\n`);
      await refused(extractor.check(reading()), 'SOURCE_COLUMN_MISSING', /more than one column kwh/);
    });

    const good = '"a\nb",1,2026-01-05T10:00:00Z,h1,1,day,true';
    for (const { what, line, message } of [
      {
        what: 'number',
        line: ',2,2026-01-05,h1,"1,5",day,true',
        message:
          /kwh is text of 3 letters that cannot be read, and a column declared as number takes a number .* or declare decimal: ',' of the file\.$/,
      },
      {
        what: 'number',
        line: ',2,2026-01-05,h1,"1,234",day,true',
        message:
          /kwh is text .* or declare decimal: ',' of the file, but only if it has a comma before decimals; between thousands /,
      },
      {
        what: 'time',
        line: ',2,05/01/2026,h1,1,day,true',
        message: /at is text of 10 letters .* like '%d\/%m\/%Y' if the day comes first\.$/,
      },
      {
        what: 'boolean',
        line: ',2,2026-01-05,h1,1,day,maybe',
        message: /away is text of 5 letters .* takes true, false/,
      },
      {
        what: 'label',
        line: ',2,2026-01-05,h1,1,day,maybe',
        message: /away is text of 5 letters .* takes a number, true, false/,
      },
    ])
      it(`which line holds what is no ${what}, before and while it extracts`, async () => {
        await write(good, line);
        const asked = what === 'label' ? facts() : reading();
        for (const work of [extractor.check(asked), extract(asked)])
          await refused(work, 'SOURCE_VALUE_INVALID', new RegExp(`, line 4: ${message.source}`));
        assert.deepEqual(await readdir(folder()), ['usage [2026].csv']);
      });

    it('no content of a line, neither its key nor a value', async () => {
      const card = '4111 1111 1111 1111';
      for (const line of [
        `,${card},2026-01-05,h1,${card},day,true`,
        `,${card},${card},h1,1,day,true`,
        `,${card},2026-01-05,h1,1,day,${card}`,
        `,${card},2026-01-05`,
        `"${card},2026-01-05,h1,1,day,true`,
      ]) {
        await write(good, line);
        const said = await failureOf(extract());
        assert.match(said, /^SOURCE_VALUE_INVALID: .*line \d/);
        assert.doesNotMatch(said, /4111/);
      }
    });

    it('which line has too few values or an unclosed quote', async () => {
      const good = ',1,2026-01-05T10:00:00Z,h1,1,day,true'; // DuckDB counts a row of two lines as one
      await write(good, ',2,2026-01-05');
      for (const work of [extractor.check(reading()), extract()])
        await refused(work, 'SOURCE_VALUE_INVALID', /line 3 is not CSV .*Number of Columns: 7 Found: 3/);
      await write(good, '",2,2026-01-05,h1,1,day,true');
      await refused(extract(), 'SOURCE_VALUE_INVALID', /line 3 is not CSV .*quote/);
    });

    it('how many rows have no key', async () => {
      await write(',,2026-01-05,h1,1,day,true', good);
      await refused(extract(), 'SOURCE_VALUE_INVALID', /1 rows without id/);
    });
  });

  describe('reads only below the data roots', () => {
    const roots = () => join(folder(), 'roots');
    const named = (file: string): Reading => ({ ...reading(), from: { kind: 'csv', file } });
    const outside = () => join(folder(), 'outside.csv');
    beforeEach(async () => {
      await mkdir(join(roots(), 'deep'), { recursive: true });
      await writeFile(outside(), `${HEADER}\n,canary-row,2026-01-05,h1,1,day,true\n`);
      extractor = extracting([roots()]);
    });
    const refuses = async (file: string): Promise<void> => {
      for (const work of [extractor.check(named(file)), extract(named(file))])
        await assert.rejects(work, (error: UserError) => {
          assert.equal(error.code, 'SOURCE_FILE_REFUSED', error.message);
          assert.match(error.message, /The data roots are: .*roots\. .*PERENNIAL_DATA_ROOTS/);
          return true;
        });
    };

    it('and nothing of the process or the machine, nor files that do not exist', async () => {
      for (const file of [
        '/proc/self/environ',
        '/proc/1/environ',
        '/dev/zero',
        '/dev/stdin',
        '/etc/passwd',
        '/etc/nothing',
      ])
        await refuses(file);
      await refuses(outside());
      await refuses(join(roots(), '..', 'outside.csv'));
      await refuses(`${roots()}-beside.csv`);
      await refuses(roots());
    });

    it('wherever a link leads', async () => {
      await symlink(outside(), join(roots(), 'file.csv'));
      await symlink(folder(), join(roots(), 'folder'));
      await symlink('/proc/self/environ', join(roots(), 'environ.csv'));
      for (const file of ['file.csv', 'folder/outside.csv', 'environ.csv']) await refuses(join(roots(), file));
    });

    it('and no hidden file, device or pipe', async () => {
      await writeFile(join(roots(), '.env'), 'canary=1');
      await mkdir(join(roots(), '.perennial'));
      await writeFile(join(roots(), '.perennial', 'running.json'), 'canary=1');
      await makePipe(join(roots(), 'pipe.csv'));
      for (const file of ['.env', '.perennial/running.json', 'pipe.csv', 'deep']) await refuses(join(roots(), file));
    });

    it('and nothing at all without a root', async () => {
      extractor = extracting([]);
      await assert.rejects(extractor.check(named(outside())), {
        code: 'SOURCE_FILE_REFUSED',
        message: /roots are: \(none\)/,
      });
    });

    it('and a file in one, also through a link within it or a root that is a link', async () => {
      await write(',a,2026-01-05,h1,1,day,true');
      await rename(source, join(roots(), 'deep', 'rows.csv'));
      await symlink(join(roots(), 'deep', 'rows.csv'), join(roots(), 'latest.csv'));
      await symlink(roots(), join(folder(), 'linked'));
      for (const [root, file] of [
        [roots(), join(roots(), 'deep', 'rows.csv')],
        [roots(), join(roots(), 'latest.csv')],
        [join(folder(), 'linked'), join(folder(), 'linked', 'deep', 'rows.csv')],
      ]) {
        extractor = extracting([root!]);
        assert.equal((await extract(named(file!))).rows, 1);
      }
    });
  });

  describe('reads the third partition of a file and further ones from a sorted copy', () => {
    const copies = () => join(folder(), 'copies');
    const kept = () => readdir(copies()).catch(() => []);
    beforeEach(() => {
      const options = { secrets: createSecrets({}), dataRoots: [folder()], copiesFolder: copies() };
      extractor = createExtractor(options);
    });
    /** As if it had been written some time ago: a file that was just written may change again. */
    const writeBefore = async (minutes: number, ...lines: string[]) => {
      await write(...lines);
      const then = new Date(Date.now() - minutes * 60_000);
      await utimes(source, then, then);
    };
    const lines = ['"a\nb",b,2026-01-05T10:00Z,h1,1.5,day,true', ',,,,,,', ',a,2026-01-05 10:00,h2,,"night, late",no'];

    it('with the same bytes', async () => {
      await writeBefore(2, ...lines);
      const parts = [await extract(), await extract(), await extract()];
      assert.equal(parts[0]!.rows, 2);
      assert.deepEqual(parts, [parts[0], parts[0], parts[0]]);
      assert.equal((await kept()).length, 1);
      for (const _ of [1, 2, 3]) {
        await extract(facts());
        assert.deepEqual(await values('away'), [0, 1], 'a label is another reading');
      }
    });

    it('until the file changes', async () => {
      await writeBefore(2, ...lines);
      for (const _ of [1, 2, 3]) await extract();
      await writeBefore(1, ...lines, ',c,2026-01-06,h1,7,day,');
      for (const _ of [1, 2, 3]) assert.equal((await extract()).rows, 3);
      await write(...lines);
      assert.equal((await extract()).rows, 2, 'it was written a moment ago');
      assert.equal((await kept()).length, 1, 'the copy of the file as it was is gone');
    });

    it('and tells the line of a wrong value as before', async () => {
      await writeBefore(2, ...lines, ',c,2026-01-06,h1,none,day,');
      for (const _ of [1, 2, 3]) await refused(extract(), 'SOURCE_VALUE_INVALID', /, line 6: kwh is text of 4 letters/);
      await writeBefore(2, ...lines, ',c,2026-13-06,h1,1,day,');
      for (const _ of [1, 2, 3]) await refused(extract(), 'SOURCE_VALUE_INVALID', /, line 6: at is text of 10 letters/);
      await writeBefore(2, ...lines, ',c,2026-01-06');
      for (const _ of [1, 2, 3]) await refused(extract(), 'SOURCE_VALUE_INVALID', /line \d is not CSV/);
      assert.deepEqual(await kept(), []);
    });

    it('of which it keeps few, and none that is unused', async () => {
      await mkdir(copies());
      const put = async (name: string, hours: number) => {
        const then = new Date(Date.now() - hours * 3_600_000);
        await writeFile(join(copies(), name), 'PAR1');
        await utimes(join(copies(), name), then, then);
      };
      for (let i = 0; i < 9; i++) await put(`${i}.parquet`, i + 1);
      await put('ab.parquet', 25);
      await writeBefore(2, ...lines);
      for (const _ of [1, 2, 3]) await extract();
      const names = await kept();
      assert.equal(names.length, 8);
      assert.deepEqual(
        names.filter((name) => /^(7|8|ab)\.parquet$/.test(name)),
        [],
      );
    });

    it('and makes none in the place of copies that were just used', async () => {
      await mkdir(copies());
      for (let i = 0; i < 8; i++) await writeFile(join(copies(), `${i}.parquet`), 'PAR1');
      await writeBefore(2, ...lines);
      for (const _ of [1, 2, 3, 4]) assert.equal((await extract()).rows, 2);
      assert.deepEqual(
        await kept(),
        ['0', '1', '2', '3', '4', '5', '6', '7'].map((name) => `${name}.parquet`),
      );
    });

    it('and keeps it when a value in it does not fit', async () => {
      await writeBefore(2, ...lines, ',c,2026-02-06,h1,none,day,');
      for (const _ of [1, 2, 3]) await extract();
      const copy = await kept();
      assert.equal(copy.length, 1);
      const february = { from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' };
      await refused(extract(reading(), undefined, february), 'SOURCE_VALUE_INVALID', /kwh is text of 4 letters/);
      assert.deepEqual(await kept(), copy);
    });

    it('and without it where the copy is damaged', async () => {
      await writeBefore(2, ...lines);
      for (const _ of [1, 2, 3]) await extract();
      const [copy] = await kept();
      await writeFile(join(copies(), copy!), 'PAR1');
      assert.equal((await extract()).rows, 2);
      assert.deepEqual(await kept(), [], 'it is made again');
    });
  });

  it('leaves nothing behind when it is interrupted before it starts', async () => {
    await write();
    await assert.rejects(extract(reading(), AbortSignal.abort(new Error('never mind'))), /never mind/);
    assert.deepEqual(await readdir(folder()), ['usage [2026].csv']);
  });
});
