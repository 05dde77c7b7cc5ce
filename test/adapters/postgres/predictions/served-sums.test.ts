import { createPredictionLog } from '../../../../adapters/postgres/predictions/prediction-log.ts';
import { groupTotals } from '../../../../adapters/postgres/predictions/served-groups.ts';
import { keepSums, stretchesOf, sumTotals } from '../../../../adapters/postgres/predictions/served-sums.ts';
import { makeBinning } from '../../../../core/data/profiles/binning.ts';
import { addProfiles, countRow, emptyProfile, type Profile } from '../../../../core/data/profiles/profile.ts';
import { groupingOf } from '../../../../core/drift/explaining/hourly.ts';
import { HOUR, instant } from '../../../../core/time/time.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const START = Date.parse('2026-03-02T00:00:00.000Z');
const binning = makeBinning({ amount: { kind: 'number', edges: [10, 20] } });
/** A total of one replica's hour; each has other amounts. */
function totalOf(seed: number, rows = 3): Profile {
  const profile = emptyProfile(binning);
  for (let i = 0; i < rows; i++) countRow(profile, binning, { amount: ((seed * 7 + i * 5) % 30) + 0.5 });
  return profile;
}
const within = (from: number, to: number) => ({ from: instant(START + from * HOUR), to: instant(START + to * HOUR) });

describe('sums of what servers counted', () => {
  const database = perennialDatabase();
  const log = () => createPredictionLog(database());
  const storeAll = (totals: { hour: number; version: number; replica: string; profile: Profile }[]) =>
    database().query(
      `insert into served_counts (pipeline, version, binning, replica, sequence, hour, profile)
       select 'fraud', version, $1, replica, 1, $2::timestamptz + hour * interval '1 hour', profile
       from json_to_recordset($3) as t (version int, replica text, hour int, profile jsonb)
       on conflict (pipeline, hour, version, binning, replica, sequence) do update set profile = excluded.profile`,
      [binning.id, instant(START), JSON.stringify(totals)],
    );
  const store = (hour: number, version: number, replica: string, profile: Profile) =>
    storeAll([{ hour, version, replica, profile }]);
  /** Two servers; the second version serves since the fourth day. */
  async function storeWeek(): Promise<Profile[]> {
    const totals = Array.from({ length: 2 * 168 }, (_, i) => ({
      hour: i >> 1,
      version: i < 160 ? 1 : 2,
      replica: i % 2 === 0 ? 'one' : 'two',
      profile: totalOf(i),
    }));
    await storeAll(totals);
    return totals.map(({ profile }) => profile);
  }
  const sumOf = (totals: Profile[]): Profile => totals.reduce(addProfiles, emptyProfile(binning));
  const served = (from: number, to: number) => log().served('fraud', binning, within(from, to));
  /** What was read once must not be read again. */
  const forget = () => database().query(`update served_counts set profile = profile || '{"columns": {}}'`);

  it('put a window of a week together from days, and say what its hours say', async () => {
    const totals = await storeWeek();
    const expected = [sumOf(totals.slice(2 * 5, 2 * 80)), sumOf(totals.slice(2 * 80))];
    for (const read of ['from hours', 'from sums']) {
      const found = await served(5, 168);
      assert.deepEqual(found.map(({ version }) => version), [1, 2], read); // prettier-ignore
      found.forEach(({ profile }, i) => {
        assert.equal(profile.rows, expected[i]!.rows, read);
        assert.deepEqual(profile.columns.amount!.counts, expected[i]!.columns.amount!.counts, read);
      });
      await forget();
    }
  });

  it('are made anew once late rows are counted', async () => {
    await storeWeek();
    const [before] = await served(0, 48);
    await store(30, 1, 'late', totalOf(1, 50));
    await store(31, 3, 'late', totalOf(2, 4));
    const after = await served(0, 48);
    assert.deepEqual(
      after.map(({ version, profile }) => [version, profile.rows]),
      [
        [1, before!.profile.rows + 50],
        [3, 4],
      ],
    );
    assert.deepEqual(await served(0, 48), after);
  });

  it('tell what each hour holds by group of bins, late rows too, without reading its bins again', async () => {
    const totals = await storeWeek();
    const grouping = groupingOf(binning, sumOf(totals), ['amount']);
    const hours = async () =>
      Object.fromEntries(
        (await log().groupedByHour('fraud', binning, within(0, 24), grouping)).map(({ hour, groups }) => [
          hour,
          groups,
        ]),
      );
    const expected = Object.fromEntries(
      Array.from({ length: 24 }, (_, hour) => [
        instant(START + hour * HOUR),
        grouping.of(sumOf(totals.slice(2 * hour, 2 * hour + 2))),
      ]),
    );
    assert.deepEqual(await hours(), expected);
    await forget();
    assert.deepEqual(await hours(), expected);
    await storeWeek();
    await store(3, 1, 'late', totalOf(5, 9));
    const late = sumOf([...totals.slice(6, 8), totalOf(5, 9)]);
    assert.deepEqual(await hours(), { ...expected, [instant(START + 3 * HOUR)]: grouping.of(late) });
  });

  it('put a window of months together from days, however old, as long as their hours are counted', async () => {
    const totals = await storeWeek();
    const months = async () => (await served(5, 24 * 60)).map(({ profile }) => profile);
    const before = await months();
    assert.equal(sumOf(before).rows, sumOf(totals.slice(2 * 5)).rows);
    await storeAll([{ hour: 24 * 58, version: 2, replica: 'one', profile: totalOf(1) }, { hour: 24 * 58, version: 2, replica: 'two', profile: totalOf(2) }]); // prettier-ignore
    await served(24 * 58, 24 * 59);
    await database().query(`update served_counts set profile = profile || '{"columns": {}}' where hour >= $1 and hour < $2`, [instant(START + 24 * HOUR), instant(START + 168 * HOUR)]); // prettier-ignore
    const amounts = (profiles: Profile[]) => profiles.map(({ columns }) => columns.amount!.counts);
    const after = await served(5, 24 * 58);
    assert.deepEqual(amounts(after.map(({ profile }) => profile)), amounts(before));

    await database().query('delete from served_counts where hour < $1', [instant(START + 48 * HOUR)]);
    await storeAll([{ hour: 24 * 59, version: 2, replica: 'one', profile: totalOf(3) }, { hour: 24 * 59, version: 2, replica: 'two', profile: totalOf(4) }]); // prettier-ignore
    await served(24 * 59, 24 * 60);
    const { rows } = await database().query<{ first: string }>('select min(start) as first from served_sums');
    assert.equal(rows[0]!.first, instant(START + 48 * HOUR));
  });

  it('are not kept of parts of days that would be dropped at once, in a window longer than that', async () => {
    const totals = await storeWeek();
    const [long, grouping] = [within(5, 24 * 44), groupingOf(binning, sumOf(totals), ['amount'])];
    const client = await database().connect();
    try {
      const { byVersion, found } = await sumTotals(client, 'fraud', binning.id, long);
      assert.equal([...byVersion.values()].reduce((sum, { rows }) => sum + rows, 0), sumOf(totals.slice(2 * 5)).rows); // prettier-ignore
      assert.deepEqual([...new Set(found.map(({ start, hours }) => `${start}/${hours}`))], [1, 2, 3, 4, 5, 6].map((day) => `${instant(START + day * 24 * HOUR)}/24`)); // prettier-ignore
      const { kept, found: hours } = await groupTotals(client, 'fraud', binning.id, long, grouping);
      assert.deepEqual([kept.length, hours.length], [163, 72]);
    } finally {
      client.release();
    }
  });

  it('can be kept by checks at once, in whatever order they were found', async () => {
    const profile = totalOf(1);
    const sums = Array.from({ length: 600 }, (_, i) => ({
      start: instant(START + (i >> 1) * HOUR),
      hours: 1,
      version: 1 + (i % 2),
      rows: 3,
      profile,
    }));
    const keep = (found: typeof sums) => keepSums(database(), 'fraud', binning.id, within(0, 300), found);
    for (let time = 0; time < 3; time++)
      await Promise.all([sums, sums.toReversed(), sums, sums.toReversed()].map((found) => keep(found)));
    const { rows } = await database().query('select count(*) as count from served_sums');
    assert.deepEqual(rows, [{ count: 600 }]);
  });

  it('cut a window into the longest stretches that whole hours allow', () => {
    const lengths = stretchesOf({ from: instant(START - 4 * HOUR), to: instant(START + 31 * HOUR + 60_000) });
    assert.deepEqual(lengths.map(({ hours }) => hours), [1, 1, 1, 1, 24, 6, 1, 1]); // prettier-ignore
  });
});
