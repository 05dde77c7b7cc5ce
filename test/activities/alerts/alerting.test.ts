import { failedInARow, type CycleOutcome } from '../../../core/training/retraining/retraining.ts';
import { after as later, before as earlier, type Instant } from '../../../core/time/time.ts';
import { AS_OF, type Rig } from '../../support/steps/activities.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import {
  NEXT_DAY,
  openCycle,
  openRig,
  promoteAndClose,
  takeSnapshot,
  trainVersion,
} from '../../support/steps/stages.ts';
import { serveTraffic } from '../../support/postgres/traffic.ts';
import assert from 'node:assert/strict';

const DRIFT = '2026-03-18T12:00:00.000Z';
const NOON = '2026-03-19T12:00:00.000Z';
const hoursAfter = (hours: number): Instant => later(NOON, `${hours} hours`);

describe('the alerts that the steps raise @slow', () => {
  let rig: Rig;
  afterEach(() => rig?.close());
  const alerts = (all = false) => rig.ports.alerts.list({ pipeline: 'fraud', all, limit: 10 });
  const open = async () => (await alerts()).map(({ kind, severity, times }) => [kind, severity, times]);
  const closed = async () => (await alerts(true)).filter(({ resolvedAt }) => resolvedAt !== null);
  const ended = async () =>
    (await closed()).flatMap(({ kind, resolvedBy }) => (kind === 'promoted' ? [] : [[kind, resolvedBy]]));
  const check = async (asOf: Instant) => {
    const checked = await rig.run('checkDrift', { pipeline: rig.ref, asOf });
    assert.ok(checked !== null && typeof checked === 'object');
    return checked;
  };

  describe('about drift', () => {
    beforeEach(async () => {
      rig = await openRig('champion');
      // Its data is of another day, which would be an alert by itself.
      const { latest } = rig.ports.snapshots;
      rig.ports.snapshots.latest = async (name, asOf) => ({ ...(await latest(name, asOf))!, asOf });
    });

    it('are raised once per check while it lasts, however often the check is retried, and resolved when it is over', async () => {
      await serveTraffic(rig, DRIFT, NOON, { driftSince: DRIFT });
      await check(NOON);
      await check(NOON);
      assert.deepEqual(await open(), [['drift', 'critical', 1]]);
      const [alert] = await alerts();
      assert.match(alert!.detail, /amount/);
      assert.match(alert!.detail, /perennial report fraud/);
      await check(hoursAfter(1));
      assert.deepEqual(await open(), [['drift', 'critical', 2]]);
      await runSql(rig.url, 'delete from perennial.served_counts');
      await serveTraffic(rig, DRIFT, NOON);
      const { id } = await check(hoursAfter(2));
      assert.deepEqual(await open(), []);
      assert.deepEqual(await ended(), [['drift', `verdict ${id}`]]);
    });

    it('are never raised for a moment before the newest check, which is what a backfill looks at', async () => {
      await serveTraffic(rig, DRIFT, NOON, { driftSince: DRIFT });
      await rig.ports.verdicts.record({ ...(await stored(NOON)), id: 'newer', asOf: hoursAfter(5), level: 'stable' });
      await check(hoursAfter(1));
      assert.deepEqual(await open(), [['drift', 'critical', 1]], 'the one of before, neither seen again nor over');
    });

    it('are not resolved by a check that abstained, since it says nothing about drift found earlier', async () => {
      await serveTraffic(rig, DRIFT, NOON, { driftSince: DRIFT });
      await check(NOON);
      await runSql(rig.url, 'delete from perennial.served_counts');
      await serveTraffic(rig, earlier(NOON, '1 hour'), NOON);
      assert.match((await check(hoursAfter(1))).abstained!, /a check needs 200/);
      assert.deepEqual(await open(), [['drift', 'critical', 1]]);
    });

    it('tell of a pipeline that no check could judge for a week, until one can', async () => {
      await serveTraffic(rig, earlier(NOON, '1 hour'), NOON);
      await check(NOON);
      assert.deepEqual(await open(), []);
      const weekAgo = `'{"since": "${earlier(NOON, '7 days')}", "toldBefore": false}'`;
      await runSql(rig.url, `update perennial.verdicts set verdict = jsonb_set(verdict, '{unwatched}', ${weekAgo})`);
      await check(hoursAfter(1));
      assert.deepEqual(await open(), [['unwatched', 'warning', 1]]);
      await runSql(rig.url, 'delete from perennial.served_counts');
      await serveTraffic(rig, DRIFT, NOON);
      const { id } = await check(hoursAfter(2));
      assert.deepEqual(await ended(), [['unwatched', `verdict ${id}`]]);
    });

    const stored = async (asOf: Instant) => rig.ports.verdicts.get('fraud', (await check(asOf)).id);
  });

  it('last from a quarantined snapshot until one is published again', async () => {
    rig = await openRig('source');
    const strict = await rig.apply({ expectations: { minRows: 1_000_000 } });
    const id = await takeSnapshot(rig, AS_OF, strict);
    assert.deepEqual(await open(), [['quarantine', 'warning', 1]]);
    const [alert] = await alerts();
    assert.match(alert!.detail, /snapshot: rows \d+, allowed at least 1000000/);
    assert.match(alert!.detail, new RegExp(`reports/fraud/quality/${id}/[0-9a-f]{16}\\.html`));
    const published = await takeSnapshot(rig, NEXT_DAY, await rig.apply({}));
    assert.deepEqual(await ended(), [['quarantine', `snapshot ${published}`]]);
  });

  describe('about trainings', () => {
    beforeEach(async () => void (rig = await openRig('next-day')));
    const close = async (id: string, result: CycleOutcome['result'], drift = false) => {
      const cycle = await openCycle(rig, { id, ...(drift && { driftSince: DRIFT }) });
      const outcome = { result, version: null, reason: `it was ${result}` };
      await rig.run('closeCycle', { cycle: cycle.id, outcome });
      await rig.run('closeCycle', { cycle: cycle.id, outcome });
    };

    it('report a failed one, until another ends differently', async () => {
      await close('fraud-1', 'failed');
      assert.deepEqual(await open(), [['training-failed', 'warning', 1]]);
      assert.match((await alerts())[0]!.detail, /Cycle fraud-1 ended without a model: it was failed/);
      await close('fraud-2', 'refused');
      assert.deepEqual(await ended(), [['training-failed', 'cycle fraud-2']]);
      assert.deepEqual(rig.heard.ended, ['fraud-1', 'fraud-1', 'fraud-2', 'fraud-2'], 'the loop is told all the same');
    });

    const askToCancel = (run = '00000000-0000-0000-0000-000000000000') => runSql(rig.url, `insert into perennial.audit (who, via, action, pipeline, details) values ('ada', 'cli', 'cancel', 'fraud', '{"workflowId": "test", "runId": "${run}"}')`); // prettier-ignore

    it('report one that failed after a request to cancel it that never reached it', async () => {
      const cycle = await openCycle(rig, { id: 'fraud-1' });
      await askToCancel();
      const outcome = { result: 'failed', mayPass: true, version: null, reason: 'the store was away' } as const;
      await rig.run('closeCycle', { cycle: cycle.id, outcome, cancelled: false });
      const { endedAt: _, ...became } = (await rig.ports.ledger.cycle(cycle.id)).outcome!;
      assert.deepEqual(became, outcome);
      assert.deepEqual(await open(), [['training-failed', 'warning', 1]]);
    });

    it('say nothing of one that a person cancelled, which is no failure and says who it was', async () => {
      await close('fraud-1', 'failed');
      const cycle = await openCycle(rig, { id: 'fraud-2' });
      // The steps of a test are of a run that is called so.
      await askToCancel();
      const outcome = { result: 'failed', mayPass: true, version: null, reason: 'Workflow cancelled' } as const;
      await rig.run('closeCycle', { cycle: cycle.id, outcome, cancelled: true });
      const closed = await rig.ports.ledger.cycle(cycle.id);
      const { endedAt: _, ...became } = closed.outcome!;
      assert.deepEqual(became, { result: 'cancelled', version: null, reason: 'a person cancelled it (ada)' });
      assert.deepEqual(await open(), [['training-failed', 'warning', 1]], 'nor does it end what one before said');
      assert.equal(failedInARow(await rig.ports.ledger.cycles('fraud', 10)).length, 1);
    });

    it('say nothing of one that somebody cancelled in Temporal itself, which is no failure either', async () => {
      const cycle = await openCycle(rig, { id: 'fraud-1' });
      await askToCancel('an earlier run of the workflow');
      const outcome = { result: 'failed', version: null, reason: 'Workflow cancelled' } as const;
      await rig.run('closeCycle', { cycle: cycle.id, outcome, cancelled: true });
      const { endedAt: _, ...became } = (await rig.ports.ledger.cycle(cycle.id)).outcome!;
      const reason = 'it was cancelled in Temporal, which does not tell by whom';
      assert.deepEqual(became, { result: 'cancelled', version: null, reason });
      assert.deepEqual(await open(), []);
      assert.equal(failedInARow(await rig.ports.ledger.cycles('fraud', 10)).length, 0);
    });

    it('report one that drift requested and that did not help, until a version is promoted', async () => {
      await close('fraud-1', 'abstained', true);
      await close('fraud-2', 'refused', true);
      await close('fraud-3', 'refused');
      assert.deepEqual(await open(), [['training-refused', 'warning', 2]]);
      const { id } = await openCycle(rig, { asOf: NEXT_DAY });
      await promoteAndClose(rig, id, (await trainVersion(rig, id)).version);
      assert.deepEqual(await open(), []);
    });

    it('report once that three in a row did not help, with what was seen, until a version is promoted', async () => {
      for (const id of ['fraud-1', 'fraud-2']) await close(id, 'refused', true);
      const weekly = {
        id: 'fraud-weekly',
        pipeline: 'fraud',
        reason: 'schedule',
        asOf: AS_OF,
        driftSince: null,
      } as const;
      await rig.ports.ledger.openCycle({ ...weekly, requests: [] });
      const outcome = { result: 'refused', version: null, reason: 'it is no better' } as const;
      await rig.run('closeCycle', { cycle: weekly.id, outcome });
      for (const id of ['fraud-3', 'fraud-4']) await close(id, 'refused', true);
      const told = (await alerts()).filter(({ kind }) => kind === 'training-no-help');
      assert.deepEqual(told.map(({ times, summary }) => [times, summary]), [[1, 'fraud: 3 trainings in a row did not help']]); // prettier-ignore
      assert.match(
        told[0]!.detail,
        /fraud-3: refused: it was refused\n.*fraud-2: .*\n.*fraud-1: [^]*the data rather than the model/,
      );
    });

    it('report once that three in a row failed, until one does not', async () => {
      for (const id of ['fraud-1', 'fraud-2', 'fraud-3', 'fraud-4']) await close(id, 'failed');
      assert.deepEqual(await open(), [['training-failing', 'critical', 1], ['training-failed', 'warning', 4]]); // prettier-ignore
      await close('fraud-5', 'abstained');
      assert.deepEqual(await open(), []);
    });

    it('send no more messages about single ones once it was told that several in a row came to nothing', async () => {
      const told = async (result: CycleOutcome['result'], drift: boolean) => {
        for (const week of [1, 2, 3, 4]) {
          const now = new Date(later(AS_OF, `${week * 7} days`));
          rig.ports.sharedClock.read = async () => ({ now: () => now, millisecondsUntil: () => 0 });
          await close(`fraud-${result}-${week}`, result, drift);
        }
        const { rows } = await runSql(
          rig.url,
          `select kind, telling from perennial.alert_tellings t join perennial.alerts a on a.id = alert where kind like 'training-%' order by t.id`,
        );
        return rows.map(({ kind, telling }) => `${kind} ${telling}`);
      };
      const failed = ['training-failed opened', 'training-failed still', 'training-failing opened'];
      assert.deepEqual(await told('failed', false), failed);
      assert.deepEqual((await told('refused', true)).slice(failed.length), [
        'training-failed resolved',
        'training-failing resolved',
        'training-refused opened',
        'training-refused still',
        'training-no-help opened',
      ]);
    });

    it('report one that waits for approval, until its cycle ends', async () => {
      const { id } = await openCycle(rig, { asOf: NEXT_DAY });
      const { run, version } = await trainVersion(rig, id);
      await rig.run('askForApproval', { run: run.id, version });
      await rig.run('askForApproval', { run: run.id, version });
      assert.deepEqual(await open(), [['approval-wanted', 'warning', 1]]);
      assert.match((await alerts())[0]!.detail, /perennial approve fraud/);
      await promoteAndClose(rig, id, version);
      assert.deepEqual(await ended(), [['approval-wanted', `cycle ${id}`]]);
      const news = (await closed()).find(({ kind, summary }) => kind === 'promoted' && summary.includes(`v${version}`));
      assert.equal(news!.summary, `fraud: v${version} serves now`);
    });
  });
});
