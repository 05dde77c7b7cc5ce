import { AS_OF, type Rig } from '../../support/steps/activities.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import { NEXT_DAY, openCycle, openRig, takeSnapshot } from '../../support/steps/stages.ts';
import { serveTraffic } from '../../support/postgres/traffic.ts';
import assert from 'node:assert/strict';

const [DRIFT, NOON] = ['2026-03-18T12:00:00.000Z', '2026-03-19T12:00:00.000Z'];

describe('the steps, while another version has half of the traffic and is listed first @slow', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig('champion');
    const shared = `[{"version": 2, "share": 0.5}, {"version": 1, "share": 0.5}]`;
    for (const table of ['traffic', 'traffic_history'])
      await runSql(rig.url, `update perennial.${table} set shares = '${shared}', champion = 1`);
  });
  afterEach(() => rig.close());

  it('compare drift with the champion', async () => {
    await serveTraffic(rig, DRIFT, NOON);
    const checked = await rig.run('checkDrift', { pipeline: rig.ref, asOf: NOON });
    assert.ok(checked && checked !== 'stale');
    assert.deepEqual([checked.version, checked.level], [1, 'stable']);
  });

  it('score a batch with the champion', async () => {
    const snapshot = await takeSnapshot(rig, NEXT_DAY);
    const batch = await rig.run('openBatch', { pipeline: rig.ref, asOf: NEXT_DAY, snapshot });
    assert.equal(batch!.version, 1);
  });

  it('train a challenger for the champion', async () => {
    const { id: cycle } = await openCycle(rig, { asOf: AS_OF });
    assert.equal((await rig.run('openTrainingRun', { cycle })).champion, 1);
  });
});
