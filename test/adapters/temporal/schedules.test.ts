import { createSchedules, putCareSchedule } from '../../../adapters/temporal/schedules.ts';
import { type ScheduledLoop } from '../../../core/runs/schedules.ts';
import { HOUR, MINUTE } from '../../../core/time/time.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { devServer, eventually } from '../../support/temporal/dev-server.ts';
import { names } from '../../support/temporal/names.ts';
import assert from 'node:assert/strict';

const ref = { name: 'fraud', revision: 'r1' };

describe('the schedules of a pipeline @slow', () => {
  const server = devServer();
  const schedules = (paused = false) => createSchedules(server().client, server().settings, { paused });
  const declared = (name: string, changes: object = {}) => aPipeline({ name, schedules: changes });
  const put = (name: string, changes: object = {}, paused = false) =>
    schedules(paused).put(declared(name, changes), { ...ref, name });
  const one = async (name: string, loop: ScheduledLoop) =>
    (await schedules().list(name)).find((each) => each.loop === loop);

  it('exist for each loop that is not off, with their cron text and next moment', async () => {
    await put('one');
    const listed = await schedules().list('one');
    assert.deepEqual(
      listed.map(({ loop, cron, pausedBy }) => [loop, cron, pausedBy]),
      [
        ['data', '0 2 * * *', null],
        ['retraining', '0 3 * * 0', null],
        ['prediction', '0 6 * * *', null],
        ['monitoring', '0 * * * *', null],
      ],
    );
    const { next, last, running } = listed[0]!;
    assert.match(next!, /T02:0\d:/);
    assert.deepEqual({ last, running }, { last: null, running: [] });
  });

  it('spread the hourly checks of all pipelines over the minutes, within a tenth of an hour', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `crowd-${i}`);
    const starts = [];
    for (const name of names) {
      await put(name);
      starts.push(Date.parse((await one(name, 'monitoring'))!.next!) % HOUR);
    }
    assert.ok(Math.max(...starts) - Math.min(...starts) > MINUTE, starts.join());
    assert.ok(Math.max(...starts) < 6 * MINUTE, starts.join());
  });

  it('are created once when several processes apply the same declaration at the same moment', async () => {
    await Promise.all(Array.from({ length: 4 }, () => put('at-once')));
    assert.equal((await schedules().list('at-once')).length, 4);
  });

  it('start the care of the installation daily, once, unless a person paused it', async () => {
    const { client, settings } = server();
    await Promise.all([1, 2, 3].map(() => putCareSchedule(client, settings)));
    const handle = client.schedule.getHandle('care/schedule');
    const { action, info } = await handle.describe();
    assert.deepEqual([action.workflowType, action.workflowId, action.args], ['care', 'care', [{ dryRun: false }]]);
    const [first, second] = info.nextActionTimes.map((time) => Date.parse(time.toISOString().slice(0, 10)));
    assert.equal(second! - first!, 86_400_000);
    await handle.pause('Paused by ada: a backup is being restored');
    await putCareSchedule(client, settings);
    assert.ok((await handle.describe()).state.paused);
  });

  it('follow a changed declaration in place, including off and back on', async () => {
    await put('two');
    await put('two', { data: '30 4 * * *', monitoring: 'off', lifecycle: '0 0 * * 6' });
    assert.equal((await one('two', 'data'))!.cron, '30 4 * * *');
    assert.equal(await one('two', 'monitoring'), undefined);
    assert.equal((await one('two', 'lifecycle'))!.cron, '0 0 * * 6');
    await put('two');
    await eventually(async () => (await one('two', 'monitoring'))?.cron === '0 * * * *');
    assert.equal(await one('two', 'lifecycle'), undefined);
  });

  it("keep a person's pause through a changed declaration", async () => {
    await put('three');
    await schedules().pause('three', 'data', 'Paused by ada: the source is being mended');
    await put('three', { data: '30 4 * * *' });
    const { cron, pausedBy, note, next } = (await one('three', 'data'))!;
    assert.deepEqual(
      { cron, pausedBy, note, next },
      { cron: '30 4 * * *', pausedBy: 'person', note: 'Paused by ada: the source is being mended', next: null },
    );
    await schedules().resume('three', 'data', 'Resumed by ada: mended');
    assert.equal((await one('three', 'data'))!.pausedBy, null);
  });

  it("tell a simulated clock's pause from a person's, and give a resumed loop back to that clock", async () => {
    await put('four', {}, true);
    assert.equal((await one('four', 'data'))!.pausedBy, 'clock');
    await schedules(true).pause('four', 'data', 'Paused by ada: enough');
    assert.equal((await one('four', 'data'))!.pausedBy, 'person');
    await put('four', {}, true);
    assert.equal((await one('four', 'data'))!.pausedBy, 'person');
    await schedules(true).resume('four', 'data', 'Resumed by ada: on with it');
    assert.equal((await one('four', 'data'))!.pausedBy, 'clock');
  });

  it('run by themselves again when an installation leaves its simulated clock', async () => {
    await put('five', {}, true);
    await put('five');
    assert.equal((await one('five', 'monitoring'))!.pausedBy, null);
  });

  it('run a loop once for each moment of a past range, even while a person has paused it', async () => {
    await put('six');
    await schedules().pause('six', 'monitoring', 'Paused by ada: a look back first');
    const asked: unknown[] = [];
    const stop = await server().work({ checkDrift: (input: { asOf: string }) => (asked.push(input.asOf), null) });
    await schedules().backfill('six', 'monitoring', '2026-01-01T00:00:00.000Z', '2026-01-01T05:00:00.000Z');
    await eventually(async () => asked.length === 6);
    await eventually(async () => (await one('six', 'monitoring'))!.running.length === 0);
    await stop();
    assert.deepEqual(
      asked,
      [0, 1, 2, 3, 4, 5].map((hour) => `2026-01-01T0${hour}:00:00.000Z`),
    );
    assert.ok((await one('six', 'monitoring'))!.last);
  });

  it('run the last moment of a past range however late its jitter is, and not the next moment', async () => {
    const asked: string[] = [];
    const stop = await server().work({ checkDrift: (input: { asOf: string }) => (asked.push(input.asOf), null) });
    for (const name of ['late-1', 'late-2', 'late-3', 'late-4']) {
      await put(name);
      await schedules().backfill(name, 'monitoring', '2026-01-01T03:00:00.000Z', '2026-01-01T04:59:30.000Z');
    }
    await eventually(async () => asked.length >= 8);
    for (const name of ['late-1', 'late-2', 'late-3', 'late-4'])
      await eventually(async () => (await one(name, 'monitoring'))!.running.length === 0);
    await stop();
    assert.deepEqual(asked.filter((asOf) => asOf !== '2026-01-01T03:00:00.000Z'), Array(4).fill('2026-01-01T04:00:00.000Z')); // prettier-ignore
  });

  it('cannot be paused when the loop is off', async () => {
    await put('seven');
    await assert.rejects(schedules().pause('seven', 'lifecycle', ''), {
      code: 'REQUEST_INVALID',
      message: /lifecycle loop of seven has no schedule.*schedules\.lifecycle.*perennial apply/,
    });
    assert.equal(names.schedule('seven', 'lifecycle'), 'seven/lifecycle/schedule');
  });
});
