import { batchWindow } from '../../../../core/data/predictions/batches.ts';
import { type Partition } from '../../../../core/data/data.ts';
import { planPartitions } from '../../../../core/sources/partitions.ts';
import { instant, type Instant } from '../../../../core/time/time.ts';
import { aPipeline } from '../../../reports/fixtures.ts';
import assert from 'node:assert/strict';

/** A pipeline whose batches cover a stretch before moments on the clock of a zone. */
const pipelineIn = (zone: string, window: string) => aPipeline({ schedules: { zone }, prediction: { window } });

function windowsOf(zone: string, window: string, moments: string[]): Partition[] {
  const windows: Partition[] = [];
  for (const moment of moments)
    windows.push(batchWindow(pipelineIn(zone, window), `${moment}:00.000Z`, windows.at(-1) ?? null));
  return windows;
}
const hours = ({ from, to }: Partition): number => (Date.parse(to) - Date.parse(from)) / 3_600_000;

describe('the windows of batches that a zone schedules', () => {
  for (const [what, zone, window, moments, lengths] of [
    ['in spring', 'Europe/Berlin', '24 hours', ['03-28T05:00', '03-29T04:00', '03-30T04:00'], [24, 23, 24]],
    ['in autumn', 'Europe/Berlin', '24 hours', ['10-24T04:00', '10-25T05:00', '10-26T05:00'], [24, 25, 24]],
    [
      'over a run that is left out',
      'Europe/Berlin',
      '24 hours',
      ['03-28T01:30', '03-30T00:30', '03-31T00:30'],
      [24, 47, 24],
    ],
    [
      'by half an hour',
      'Australia/Lord_Howe',
      '24 hours',
      ['10-02T19:30', '10-03T19:00', '10-04T19:00'],
      [24, 23.5, 24],
    ],
    ['of half a day', 'America/New_York', '12 hours', ['10-31T22:00', '11-01T11:00', '11-01T23:00'], [12, 13, 12]],
    [
      'each hour, of which Temporal leaves one out',
      'Europe/Berlin',
      '1 hour',
      ['10-25T00:30', '10-25T02:30', '10-25T03:30'],
      [1, 2, 1],
    ],
  ] as const)
    it(`adjoin ${what}`, () => {
      const windows = windowsOf(zone, window, moments.map((moment) => `2026-${moment}`)); // prettier-ignore
      assert.deepEqual(windows.map(hours), lengths);
      windows.slice(1).forEach(({ from }, i) => assert.equal(from, windows[i]!.to));
    });

  it('are as long as declared on any other day, whatever ran before, and on days of overlapping windows', () => {
    assert.deepEqual(
      windowsOf('Europe/Berlin', '24 hours', ['2026-06-01T04:00', '2026-06-02T05:00']).map(hours),
      [24, 24],
    );
    assert.deepEqual(windowsOf('UTC', '24 hours', ['2026-03-28T04:00', '2026-03-29T03:00']).map(hours), [24, 24]);
    assert.deepEqual(
      windowsOf('Europe/Berlin', '7 days', ['2026-03-28T05:00', '2026-03-29T04:00']).map(hours),
      [168, 168],
    );
    assert.deepEqual(
      windowsOf('Europe/Berlin', '24 hours', ['2026-03-22T05:00', '2026-03-29T04:00']).map(hours),
      [24, 24],
    );
  });
});

describe('the partitions of data that a zone schedules', () => {
  it('are cut in UTC, so runs on either side of a clock change share them and every moment is in one', () => {
    const pipeline = pipelineIn('Europe/Berlin', '24 hours');
    const moments: Instant[] = ['2026-10-24T00:30:00.000Z', '2026-10-25T01:30:00.000Z', '2026-10-26T01:30:00.000Z'];
    const plans = moments.map((asOf) => planPartitions(pipeline, asOf));
    for (const { partitions, watermark } of plans) {
      partitions.slice(1).forEach(({ from }, i) => assert.equal(from, partitions[i]!.to));
      assert.equal(partitions.at(-1)!.to, watermark);
      for (const { from } of partitions) assert.equal(from, instant(Date.parse(from.slice(0, 10))));
    }
    const whole = (i: number) => plans[i]!.partitions.slice(1, -1).map(({ from, to }) => `${from} ${to}`);
    assert.deepEqual(whole(1).slice(0, whole(0).length - 1), whole(0).slice(1));
  });
});
