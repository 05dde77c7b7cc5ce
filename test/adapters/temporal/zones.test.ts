import { createSchedules } from '../../../adapters/temporal/schedules.ts';
import { nextMoment } from '../../../core/time/cron.ts';
import { DAY, HOUR, instant, MINUTE, type Instant } from '../../../core/time/time.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { devServer } from '../../support/temporal/dev-server.ts';
import { names } from '../../support/temporal/names.ts';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import assert from 'node:assert/strict';

/** The days on which the clock leaps forward and back. */
const changes = {
  'Europe/Berlin': { spring: '2026-03-29', autumn: '2026-10-25' },
  'America/New_York': { spring: '2026-03-08', autumn: '2026-11-01' },
  'Australia/Lord_Howe': { spring: '2026-10-04', autumn: '2026-04-05' }, // by half an hour
};
type Zone = keyof typeof changes;

describe('schedules in a zone whose clock changes @slow', () => {
  const server = devServer();
  const schedules = () => createSchedules(server().client, server().settings, { paused: true });
  let made = 0;

  /** All moments of the two days around a change, in UTC, as Temporal names them and as we reckon. */
  async function momentsOf(cron: string, zone: string, day: string): Promise<{ theirs: Instant[]; ours: Instant[] }> {
    const { client, settings } = server();
    const id = `by-hand-${made++}`;
    const handle = await client.schedule.create({
      scheduleId: id,
      spec: { cronExpressions: [cron], timezone: zone }, // no jitter, which hides moments
      action: { type: 'startWorkflow', workflowType: 'none', taskQueue: 'none' },
      state: { paused: true },
    });
    const [from, to] = [Date.parse(day) - 12 * HOUR, Date.parse(day) + DAY + 12 * HOUR];
    const range = { startTime: msToTs(from - 1), endTime: msToTs(to) };
    const { namespace } = settings;
    const listed = await client.workflowService.listScheduleMatchingTimes({ namespace, scheduleId: id, ...range });
    await handle.delete();
    const ours: Instant[] = [];
    const next = (after: Instant) => nextMoment({ cron, zone }, after);
    for (let at = next(instant(from - 1)); at && at <= instant(to); at = next(at)) ours.push(at);
    return { theirs: listed.startTime.map((time) => instant(tsToMs(time))), ours };
  }

  it('run at the moments that we compute, outside the hours of the change', async () => {
    for (const [zone, days] of Object.entries(changes))
      for (const day of Object.values(days))
        for (const cron of ['0 4 * * *', '30 0 * * *', '@daily', '15 6,18 * * MON-FRI']) {
          const { theirs, ours } = await momentsOf(cron, zone, day);
          assert.deepEqual(ours, theirs, `${cron} ${zone} ${day}`);
        }
  });

  /** Within the hours of the change: what Temporal names and we do not reckon with, and the other way round. */
  const oddities: [cron: string, Zone, 'spring' | 'autumn', theirsAlone: string, oursAlone: string][] = [
    // Temporal leaves out a time that its day does not have; croner takes the first moment after the leap.
    ['30 2 * * *', 'Europe/Berlin', 'spring', '', '03-29T01:00'],
    ['30 2 * * *', 'America/New_York', 'spring', '', '03-08T07:00'],
    ['15 2 * * *', 'Australia/Lord_Howe', 'spring', '10-03T15:45', '10-03T15:30'],
    // Of a time that its day has twice, croner takes the first; Temporal the second, or both.
    ['30 2 * * *', 'Europe/Berlin', 'autumn', '10-25T01:30', '10-25T00:30'],
    ['30 1 * * *', 'America/New_York', 'autumn', '11-01T06:30', ''],
    ['45 1 * * *', 'Australia/Lord_Howe', 'autumn', '04-04T15:15', '04-04T14:45'],
    // Temporal runs again an hour after the last time before the hour that comes twice.
    ['45 1 * * *', 'Europe/Berlin', 'autumn', '10-25T00:45', ''],
    ['0 * * * *', 'Europe/Berlin', 'spring', '', ''],
    ['0 * * * *', 'Europe/Berlin', 'autumn', '', '10-25T01:00'],
    ['30 * * * *', 'Europe/Berlin', 'autumn', '', '10-25T01:30'],
    ['0 * * * *', 'America/New_York', 'autumn', '', ''],
  ];
  for (const [cron, zone, change, theirsAlone, oursAlone] of oddities)
    it(`run "${cron}" in ${zone} in ${change} as Temporal says, whatever we compute`, async () => {
      const { theirs, ours } = await momentsOf(cron, zone, changes[zone][change]);
      const without = (some: Instant[], others: Instant[]) =>
        some.filter((time) => !others.includes(time)).map((time) => time.slice(5, 16)).join(' '); // prettier-ignore
      assert.deepEqual([without(theirs, ours), without(ours, theirs)], [theirsAlone, oursAlone]);
    });

  it('are listed with their zone, and count their moments as Temporal does', async () => {
    const prediction = { cron: '0 6 * * SAT-SUN', zone: 'Asia/Kolkata' };
    const declared = { zone: 'Europe/Berlin', data: '30 2 * * *', prediction, lifecycle: '@daily' };
    await schedules().put(aPipeline({ name: 'zoned', schedules: declared }), { name: 'zoned', revision: 'r1' });
    assert.deepEqual(
      (await schedules().list('zoned')).map(({ loop, cron, zone }) => [loop, cron, zone]),
      [
        ['data', '30 2 * * *', 'Europe/Berlin'],
        ['retraining', '0 3 * * 0', 'Europe/Berlin'],
        ['prediction', '0 6 * * SAT-SUN', 'Asia/Kolkata'],
        ['monitoring', '0 * * * *', 'Europe/Berlin'],
        ['lifecycle', '@daily', 'Europe/Berlin'],
      ],
    );
    const { info } = await server().client.schedule.getHandle(names.schedule('zoned', 'prediction')).describe();
    const late = info.nextActionTimes.map((time) => (time.getTime() % DAY) - 30 * MINUTE); // 06:00 there is 00:30 in UTC
    assert.ok(
      late.every((ms) => ms >= 0 && ms <= 10 * MINUTE),
      late.join(),
    );
    assert.deepEqual(new Set(info.nextActionTimes.map((time) => time.getUTCDay())), new Set([6, 0]));
    const count = (loop: 'data' | 'prediction' | 'monitoring', from: string, to = from) =>
      schedules().countMoments('zoned', loop, `${from}:00.000Z`, `${to}:00.000Z`);
    assert.equal(await count('data', '2026-03-28T01:30'), 1);
    assert.equal(await count('data', '2026-03-29T01:00'), 0, 'there is no 02:30 that day');
    assert.equal(await count('data', '2026-03-28T01:31', '2026-03-31T00:29'), 1);
    assert.equal(await count('prediction', '2026-01-01T00:00', '2026-01-12T00:00'), 4);
    assert.ok((await count('monitoring', '2025-01-01T00:00', '2026-01-01T00:00')) > 1_000);
  });
});
