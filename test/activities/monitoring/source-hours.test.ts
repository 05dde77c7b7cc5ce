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

  it('are counted once for each part, however often a check looks at them', async () => {
    const parts = Array.from({ length: 10 }, (_, day): Part => {
      const [from, to] = [instant(START + day * DAY), instant(START + (day + 1) * DAY)];
      return { id: `p${day}`, extraction: '', number: 1, kind: 'rows', objectKey: `p${day}`, sha256: '', rows: 24, bytes: 0, from, to }; // prettier-ignore
    });
    let read: string[] = [];
    async function* readRows(file: string, { from }: Partition): AsyncGenerator<RowChunk> {
      read.push(file);
      const times = Array.from({ length: 24 }, (_, hour) => Date.parse(from) + hour * HOUR);
      yield { rows: 24, own: { _time: times }, columns: { amount: times.map((_, hour) => hour) } };
    }
    const ports = {
      analytics: { readRows },
      cache: { fetch: async ({ objectKey }: { objectKey: string }) => objectKey },
    };
    const reference = emptyProfile(binning);
    for (let amount = 0; amount < 30; amount++) countRow(reference, binning, { amount });
    const grouping = groupingOf(binning, reference, ['amount']);
    const hoursUpTo = async (days: number, of = grouping) => {
      read = [];
      const snapshot = { pipeline: 'fraud', parts: parts.slice(0, days) };
      const within = { from: instant(START + (days - 8) * DAY + HOUR), to: instant(START + days * DAY) };
      const counting = { ...ports, partGroups: createPartGroups(database()) };
      const found = (await new MockActivityEnvironment().run(() =>
        countSource(counting as never, snapshot, within, binning, of),
      )) as Awaited<ReturnType<typeof countSource>>;
      return found['amount']!;
    };
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
});
