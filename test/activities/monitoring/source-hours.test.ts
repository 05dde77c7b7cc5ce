import { countSource } from '../../../activities/monitoring/source-hours.ts';
import { createPartGroups } from '../../../adapters/postgres/data/part-groups.ts';
import { type RowChunk } from '../../../core/data/chunks.ts';
import { type Part, type Partition } from '../../../core/data/data.ts';
import { makeBinning } from '../../../core/data/profiles/binning.ts';
import { countRow, emptyProfile, total } from '../../../core/data/profiles/profile.ts';
import { groupingOf } from '../../../core/drift/explaining/hourly.ts';
import { DAY, HOUR, instant } from '../../../core/time/time.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

const START = Date.parse('2026-03-01T00:00:00.000Z');
const binning = makeBinning({ amount: { kind: 'number', edges: [10, 20] } });

describe('the hours of a source', () => {
  const database = perennialDatabase();

  const partOf = (id: string, first: number, end: number): Part => {
    const [from, to] = [instant(START + first * DAY), instant(START + end * DAY)];
    return { id, extraction: '', number: 1, kind: 'rows', objectKey: id, sha256: '', rows: 24 * (end - first), bytes: 0, from, to }; // prettier-ignore
  };
  let read: string[] = [];
  let rowsRead = 0;
  /** A row an hour. */
  async function* readRows(file: string, { from, to }: Partition): AsyncGenerator<RowChunk> {
    read.push(file);
    const rows = (Date.parse(to) - Date.parse(from)) / HOUR;
    rowsRead += rows;
    const times = Array.from({ length: rows }, (_, hour) => Date.parse(from) + hour * HOUR);
    yield { rows, own: { _time: times }, columns: { amount: times.map((_, hour) => hour % 24) } };
  }
  const ports = {
    analytics: { readRows },
    cache: { fetch: async ({ objectKey }: { objectKey: string }) => objectKey },
  };
  const reference = emptyProfile(binning);
  for (let amount = 0; amount < 30; amount++) countRow(reference, binning, { amount });
  const grouping = groupingOf(binning, reference, ['amount']);
  /** The hours of the eight days, but for the first hour, that end with a day. */
  const hoursOf = async (parts: Part[], days: number, of = grouping) => {
    [read, rowsRead] = [[], 0];
    const within = { from: instant(START + (days - 8) * DAY + HOUR), to: instant(START + days * DAY) };
    const counting = { ...ports, partGroups: createPartGroups(database()) };
    const found = (await new MockActivityEnvironment().run(() =>
      countSource(counting as never, { pipeline: 'fraud', parts }, within, binning, of),
    )) as Awaited<ReturnType<typeof countSource>>;
    return found['amount']!;
  };

  it('are counted once for each part, however often a check looks at them', async () => {
    const parts = Array.from({ length: 10 }, (_, day) => partOf(`p${day}`, day, day + 1));
    const hoursUpTo = (days: number, of = grouping) => hoursOf(parts.slice(0, days), days, of);
    const first = await hoursUpTo(9);
    assert.equal(read.length, 8);
    assert.deepEqual(
      [first.length, first[0]!.hour, first.every(({ groups }) => total(groups) === 1)],
      [191, START + DAY + HOUR, true],
    );
    assert.deepEqual([await hoursUpTo(9), read], [first, []]);
    assert.equal((await hoursUpTo(10)).length, 191);
    assert.deepEqual(read, ['p9'], 'what is new');
    assert.equal((await hoursUpTo(10, { ...grouping, id: 'another' })).length, 191);
    assert.equal(read.length, 8, 'in other groups');
    const { rows } = await database().query('select part from part_groups order by to_time');
    assert.deepEqual([rows.length, rows[0]], [8, { part: 'p2' }], 'what no check looks at any more is dropped');
  });

  it('are those of the days that a check looks at alone, where a part is longer', async () => {
    const month = [partOf('month', 0, 30)];
    const last = await hoursOf(month, 30);
    assert.deepEqual([last.length, last[0]!.hour, rowsRead], [191, START + 22 * DAY + HOUR, 8 * 24]);
    assert.deepEqual([await hoursOf(month, 30), read], [last, []], 'known to the report');
    assert.equal((await hoursOf(month, 28))[0]!.hour, START + 20 * DAY + HOUR, 'also of a check before');
    assert.equal((await hoursOf([...month, partOf('next', 30, 31)], 31)).length, 191);
    assert.deepEqual([read, rowsRead], [['next', 'month'], 24 + 7 * 24]);
  });
});
