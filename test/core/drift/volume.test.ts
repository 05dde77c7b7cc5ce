import { compareVolume } from '../../../activities/monitoring/volume.ts';
import { findingsOf } from '../../../core/drift/findings/index.ts';
import { createRandom } from '../../../core/base/random.ts';
import { volumeAlert } from '../../../core/alerts/rules/trouble-alerts.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { asLoggedNow } from '../../../core/drift/volume/logged-shares.ts';
import { zonesOf } from '../../../core/drift/volume/clocks.ts';
import { judgeVolume, type UnusualVolume } from '../../../core/drift/volume/volume.ts';
import { DAY, HOUR } from '../../../core/time/time.ts';
import { aDriftReport, aPipeline } from '../../reports/fixtures.ts';
import assert from 'node:assert/strict';

const random = createRandom(3);
/** A count with this mean: of many independent requests. */
const about = (mean: number): number => {
  let sum = 0;
  for (let i = 0; i < 12; i++) sum += random.uniform() - 0.5;
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * sum));
};
const MONDAY = Date.parse('2026-01-05T00:00:00.000Z');
const byDay = (hour: number): number => 120 * (1 + 0.8 * Math.sin((2 * Math.PI * (hour - 8)) / 24));
const atWork = (hour: number): number =>
  Math.floor(hour / 24) % 7 > 4 ? 8 : hour % 24 >= 8 && hour % 24 < 18 ? 400 : 6;
const hours = (days: number, meanOf: (hour: number) => number): number[] =>
  Array.from({ length: 24 * days }, (_, hour) => about(meanOf(hour)));
const judged = (rows: number[], step = HOUR): UnusualVolume | null =>
  judgeVolume({ from: MONDAY, step, rows }, '1 a year')!.unusual;
/** Rows of six weeks and of the hours after, each with its share of what would have come. */
const then = (meanOf: (hour: number) => number, ...shares: number[]): number[] => {
  const before = hours(42, meanOf);
  return [...before, ...shares.map((share, i) => Math.round(share * about(meanOf(before.length + i))))];
};
const NIGHT = Array.from({ length: 8 }, () => 1);

describe('how much comes', () => {
  it('is as usual through days, nights and weekends', () => {
    for (const meanOf of [byDay, atWork, () => 3, () => 0.2])
      for (const days of [9, 13, 27, 40]) assert.equal(judged(hours(days, meanOf)), null, `${days} days`);
  });

  it('is unusual within the hour in which all stops by day, and says since when', () => {
    const found = judged(then(byDay, ...NIGHT, 1, 1, 0))!;
    assert.deepEqual([found.direction, found.rows, found.hours], ['fewer', 0, 1]);
    assert.equal(found.since, '2026-02-16T10:00:00.000Z');
    assert.ok(Math.abs(found.usual - byDay(10)) < 40, String(found.usual));
  });

  it('stays unusual through the night after a stop, and is over once rows come again', () => {
    const stopped = [...NIGHT, ...Array.from({ length: 40 }, () => 0)];
    assert.equal(judged(then(atWork, ...stopped))!.since, '2026-02-16T08:00:00.000Z');
    assert.equal(judged(then(atWork, ...stopped, ...Array.from({ length: 10 }, () => 1))), null);
  });

  it('is over once rows come again, also after days without any, and until then says what was usual', () => {
    const week = hours(14, byDay);
    const days = (count: number, share: number): number[] =>
      hours(count, byDay).map((rows) => Math.round(share * rows));
    const stopped = judged([...week, ...days(5, 0)])!;
    assert.equal(stopped.since, '2026-01-19T00:00:00.000Z');
    assert.ok(stopped.usual > 24 * 60, String(stopped.usual));
    assert.equal(judged([...week, ...days(5, 0), ...days(1, 1)]), null);
  });

  it('is unusual when half of it is missing, or three times as much comes', () => {
    assert.equal(judged(then(byDay, ...NIGHT, 0.5, 0.5, 0.5))?.direction, 'fewer');
    assert.equal(judged(then(byDay, ...NIGHT, 3))?.direction, 'more');
    assert.equal(judged(then(byDay, ...NIGHT, 1.2, 1.2, 1.2)), null);
  });

  it('takes time to tell a stop where few rows come', () => {
    const few = (): number => 3;
    assert.equal(judged(then(few, 0, 0)), null);
    assert.equal(judged(then(few, ...Array.from({ length: 16 }, () => 0)))?.direction, 'fewer');
  });

  it('takes for usual what has happened several times', () => {
    const bursts = hours(42, byDay).map((rows, hour) => (hour % 107 === 50 ? 4 * rows : rows));
    const day = hours(43, byDay).slice(-24, -12);
    assert.equal(judged([...bursts, ...day]), null);
    assert.equal(judged([...bursts, ...day.slice(0, -1), 4 * day.at(-1)!]), null);
    assert.equal(judged([...hours(42, byDay), ...day.slice(0, -1), 4 * day.at(-1)!])?.direction, 'more');
  });

  it('takes for usual the bursts of a few hours that come now and then, at whatever hour', () => {
    const rows = hours(56, byDay);
    const burst = (from: number): void => {
      for (let hour = from; hour < from + 3; hour++) rows[hour]! *= 3;
    };
    for (let from = 53; from < rows.length - 8 * 24; from += 79) burst(from);
    const noon = rows.length - 8;
    burst(noon);
    assert.equal(judged(rows.slice(0, noon + 3)), null);
    burst(noon);
    assert.equal(judged(rows.slice(0, noon + 3))?.direction, 'more', 'and not one that is three times as large');
  });

  it('does not change because another share of the predictions is logged', () => {
    const rows = hours(42, byDay);
    const thinned = rows.map((count, hour) => (hour < 1_000 ? count : about(count / 20)));
    const shares = [
      { from: '2026-01-01T00:00:00.000Z', share: 1 },
      { from: new Date(MONDAY + 1_000 * HOUR).toISOString(), share: 0.05 },
    ];
    assert.equal(judged(thinned)?.direction, 'fewer');
    assert.equal(judged(asLoggedNow(thinned, MONDAY, shares)), null);
    const stopped = thinned.map((count, hour) => (hour < 1_000 ? count : 0));
    assert.equal(judged(asLoggedNow(stopped, MONDAY, shares))?.direction, 'fewer');
    const half = [{ ...shares[0]! }, { from: new Date(MONDAY + HOUR / 2).toISOString(), share: 0.5 }];
    assert.deepEqual(asLoggedNow([75, 50], MONDAY, half), [50, 50]);
  });

  it('is told of whole days, too, as those of a source are', () => {
    const days = Array.from({ length: 50 }, (_, day) => about(day % 7 > 4 ? 2_000 : 9_000));
    assert.equal(judged(days, DAY), null);
    assert.equal(judged([...days, 9_000, 3_000], DAY)?.direction, 'fewer');
  });

  it('is not told with a week of past, or none', () => {
    for (const rows of [[], [0, 0, 0], hours(7, byDay)])
      assert.equal(judgeVolume({ from: MONDAY, step: HOUR, rows }, '1 a year'), null);
  });

  it('pages when nothing comes, and otherwise warns', () => {
    const alert = (rows: number[]) => {
      const volume = { predictions: judgeVolume({ from: MONDAY, step: HOUR, rows }, '1 a year')! };
      return volumeAlert({ id: 'v', pipeline: 'fraud', asOf: '2026-02-16T11:00:00.000Z', volume } as Verdict);
    };
    const stopped = alert(then(byDay, ...NIGHT, 1, 1, 0))!;
    assert.equal(stopped.severity, 'critical');
    assert.match(
      stopped.summary,
      /^fraud: 0 predictions in the last hour \(1\d\d are usual\), since 2026-02-16T10:00Z$/,
    );
    assert.match(stopped.detail, /No model is trained for it/);
    assert.equal(alert(then(byDay, ...NIGHT, 0.4, 0.4))!.severity, 'warning');
    assert.equal(alert(then(byDay, ...NIGHT, 1)), null);
  });
});

describe('predictions that come days after their rows', () => {
  const asOf = '2026-03-01T00:00:00.000Z';
  const after = async (late: number) => {
    const log = { lateness: async () => late, rowsByHour: async () => hours(56, byDay) };
    const ports = { log, pipelines: { loggedShares: async () => [] } };
    return compareVolume(ports as never, aPipeline(), asOf, null);
  };

  it('are not watched, and a check says so', async () => {
    const volume = await after(30.5 * HOUR);
    assert.deepEqual(volume, { late: 30 });
    const { says, follows } = findingsOf({ ...aDriftReport().verdict, volume }, aPipeline().drift).find(({ kind }) => kind === 'volume')!; // prettier-ignore
    assert.match(
      says,
      /^Predictions are not watched: one in twenty comes more than 30 hours after the time of its row\.$/,
    );
    assert.equal(follows, 'It informs only.');
    assert.equal((await after(3 * HOUR)).predictions?.unusual, null);
  });
});

describe('how much comes after a clock changed', () => {
  /** Seven weeks before a clock changes, and so many hours after, of a shop that is open by that clock. */
  const shop = (
    change: string,
    ahead: readonly [before: number, after: number],
    after: number,
  ): { from: number; rows: number[] } => {
    const from = Date.parse(change) - 49 * DAY;
    const rows = Array.from({ length: 49 * 24 + after }, (_, hour) => {
      const local = (from / HOUR + hour + ahead[hour < 49 * 24 ? 0 : 1]) % 24;
      return local >= 8 && local < 20 ? about(170) : 0;
    });
    return { from, rows };
  };
  const SPRING = '2026-03-29T01:00:00.000Z';
  const AUTUMN = '2026-10-25T01:00:00.000Z';
  const [winter, summer] = [1, 2];
  const judgedAt = ({ from, rows }: { from: number; rows: number[] }, zones: string[]): UnusualVolume | null =>
    judgeVolume({ from, step: HOUR, rows }, '1 a year', zones)!.unusual;

  it('is as usual by that clock, or by UTC', () => {
    const common = zonesOf(aPipeline());
    for (const [change, zones, ahead] of [
      [SPRING, ['Europe/Berlin'], [winter, summer]],
      [AUTUMN, common, [summer, winter]],
      ['2026-11-01T07:00:00.000Z', common, [-5, -6]],
      [SPRING, ['Europe/Berlin'], [0, 0]],
    ] as const)
      for (const hours of [6, 19, 31])
        assert.equal(judgedAt(shop(change, ahead, hours), [...zones]), null, `${hours} hours after ${change}`);
    assert.equal(judgedAt(shop(SPRING, [winter, summer], 6), [])?.direction, 'more', 'a zone without changes');
  });

  it('is unusual within the hour in which all stops', () => {
    const { from, rows } = shop(AUTUMN, [summer, winter], 35);
    assert.equal(judgedAt({ from, rows: [...rows, 0] }, ['Europe/Berlin'])?.direction, 'fewer');
  });

  it('is told by the clocks of the schedules, or common ones', () => {
    const schedules = (of: object): string[] => zonesOf(aPipeline({ schedules: of }));
    assert.deepEqual(schedules({ zone: 'Asia/Tokyo' }), ['Asia/Tokyo']);
    assert.deepEqual(schedules({ data: { cron: '0 2 * * *', zone: 'Europe/Rome' } }), ['Europe/Rome']);
    assert.ok(schedules({}).length > 1);
  });
});
