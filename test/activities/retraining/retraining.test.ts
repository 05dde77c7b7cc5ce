import { createRetrainingActivities } from '../../../activities/retraining/retraining.ts';
import { clockSetting, createClock } from '../../../adapters/machine/clock.ts';
import { runFailedAlert } from '../../../core/alerts/alert-words.ts';
import { askedInWords, whoAsked } from '../../../core/training/retraining/asked.ts';
import { type RetrainRequest } from '../../../core/training/retraining/retraining.ts';
import { before as earlier } from '../../../core/time/time.ts';
import { AS_OF, type Rig } from '../../support/steps/activities.ts';
import { failureOf } from '../../support/steps/failures.ts';
import { inAttempts } from '../../support/steps/attempts.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import { NEXT_DAY, openRig } from '../../support/steps/stages.ts';
import assert from 'node:assert/strict';

describe('the steps of the retraining loop @slow', () => {
  let rig: Rig;
  beforeEach(async () => void (rig = await openRig('source')));
  afterEach(() => rig.close());

  const decide = (now: string | null = null) => rig.run('decideNextStep', { pipeline: 'fraud', now });
  const request = (changes: Partial<RetrainRequest> = {}): RetrainRequest => ({
    id: 'person/one',
    pipeline: 'fraud',
    reason: 'person',
    asOf: AS_OF,
    detail: 'a test',
    driftSince: null,
    ...changes,
  });

  it('do nothing while there are no requests', async () => {
    assert.deepEqual(await decide(), { kind: 'idle' });
  });

  it('open one cycle, however many runs decide at once', async () => {
    await rig.ports.ledger.recordRequest(request());
    await rig.ports.ledger.recordRequest(request({ id: 'person/two' }));
    // Another moment makes another cycle id: it is the database that keeps them apart.
    const steps = await Promise.all([null, NEXT_DAY, null, NEXT_DAY, null].map(decide));
    const [cycle, ...others] = await rig.ports.ledger.cycles('fraud', 10);
    assert.equal(others.length, 0);
    assert.deepEqual(cycle!.requests.toSorted(), ['person/one', 'person/two']);
    for (const step of steps)
      assert.deepEqual(step, { kind: 'train', cycle: cycle!.id, reopened: 0, reason: 'person' });
    assert.deepEqual(await rig.ports.ledger.openRequests('fraud'), []);
  });

  for (const { what, others, backfilled } of [
    { what: 'nobody but backfills asked for', others: [], backfilled: true },
    { what: 'a schedule asked for too', others: [NEXT_DAY], backfilled: undefined },
  ])
    it(`give the right priority to a training that ${what}`, async () => {
      await rig.apply({ retraining: { debounce: '0 seconds' } });
      await rig.run('askOnSchedule', { pipeline: 'fraud', asOf: AS_OF, backfilled: true });
      for (const asOf of others) await rig.run('askOnSchedule', { pipeline: 'fraud', asOf });
      const step = (await decide(NEXT_DAY)) as { kind: string; backfilled?: true };
      assert.deepEqual([step.kind, step.backfilled], ['train', backfilled]);
    });

  it("raise an alert while the week's budget keeps a training waiting, and resolve it when it no longer does", async () => {
    await rig.apply({ retraining: { debounce: '0 seconds', cooldown: '0 seconds', trainingsPerWeek: 1 } });
    await rig.ports.ledger.recordRequest(request());
    const { cycle } = (await decide()) as { cycle: string };
    const outcome = { result: 'refused', version: null, reason: 'a test', endedAt: AS_OF } as const;
    await rig.ports.ledger.closeCycle(cycle, outcome);
    await rig.ports.ledger.recordRequest(request({ id: 'schedule/one', reason: 'schedule' }));
    const open = async () => (await rig.ports.alerts.list({ pipeline: 'fraud', limit: 9 })).map(({ kind }) => kind);
    await decide();
    assert.deepEqual(await open(), ['budget-spent']);
    await rig.apply({ retraining: { debounce: '0 seconds', cooldown: '0 seconds', trainingsPerWeek: 2 } });
    await decide();
    assert.deepEqual(await open(), []);
  });

  it('end the alert for a run of the loop that failed, since a loop that decides is alive', async () => {
    const { alerts } = rig.ports;
    const failed = { workflowId: 'fraud/retraining', runId: 'r1', loop: 'retraining', failed: true, reason: 'away', code: null } as const; // prettier-ignore
    const open = async () => (await alerts.list({ pipeline: 'fraud', limit: 9 })).map(({ kind }) => kind);
    const raise = () => alerts.raise(runFailedAlert('fraud', failed, AS_OF), '1 day');
    await raise();
    assert.deepEqual(await open(), ['retraining-failed']);
    await decide();
    assert.deepEqual(await open(), []);
    await raise();
    assert.deepEqual(await open(), [], 'a server still sees the run that failed');
  });

  it('open no second cycle for requests that an earlier cycle settled, not even long after', async () => {
    await rig.ports.ledger.recordRequest(request());
    const { ledger } = rig.ports;
    const cycle = { pipeline: 'fraud', reason: 'person', asOf: AS_OF, driftSince: null } as const;
    const first = await ledger.openCycle({ ...cycle, id: 'fraud-one', requests: ['person/one'] });
    await ledger.closeCycle(first.id, { result: 'refused', version: null, reason: 'a test', endedAt: AS_OF });
    const late = await ledger.openCycle({ ...cycle, id: 'fraud-two', requests: ['person/one'] });
    assert.equal(late.id, first.id);
    assert.equal((await ledger.cycles('fraud', 10)).length, 1);
  });

  it('reopen a cycle once when its failure may pass, and ignore a late end of the first opening', async () => {
    await rig.ports.ledger.recordRequest(request());
    const { cycle } = (await decide()) as { cycle: string };
    const outcome = { result: 'failed', mayPass: true, version: null, reason: 'the store was away' } as const;
    await rig.run('closeCycle', { cycle, outcome });
    const waits = await decide();
    assert.equal(waits.kind, 'wait');
    assert.match((waits as { why: string }).why, /will be retried \(the store was away\)/);

    const again = { kind: 'train', cycle, reopened: 1, reason: 'person' };
    for (const step of await Promise.all([NEXT_DAY, NEXT_DAY, NEXT_DAY].map(decide))) assert.deepEqual(step, again);
    await rig.run('closeCycle', { cycle, outcome });
    assert.deepEqual(await decide(), again, 'it is still open');
    await rig.run('closeCycle', { cycle, reopened: 1, outcome: { result: 'promoted', version: 1, reason: 'better' } });
    assert.equal((await rig.ports.ledger.cycle(cycle)).outcome?.result, 'promoted');
    const audit = await runSql(rig.url, `select details from perennial.audit where action = 'reopen'`);
    assert.deepEqual(audit.rows.map((row: { details: { outcome: { reason: string } } }) => row.details.outcome.reason), ['the store was away']); // prettier-ignore
  });

  it('resume the open cycle of a loop that was lost', async () => {
    await rig.ports.ledger.recordRequest(request());
    const first = await decide();
    await rig.ports.ledger.recordRequest(request({ id: 'person/later' }));
    assert.deepEqual(await decide(NEXT_DAY), first);
    assert.deepEqual((await rig.ports.ledger.openRequests('fraud')).map(({ id }) => id), ['person/later']); // prettier-ignore
  });

  it('wait for labels after a drift, and say until when and why', async () => {
    await rig.ports.ledger.recordRequest(request({ id: 'drift/x', reason: 'drift', driftSince: AS_OF }));
    const step = await decide();
    assert.equal(step.kind, 'wait');
    assert.ok(step.kind === 'wait' && /labels of 5 days after the drift have to mature \(7 days\)/.test(step.why));
    assert.equal(step.until, '2026-03-29T03:00:00.000Z');
    assert.equal(step.milliseconds, null, 'this clock stands still, so only news can end the wait');
    const ready = await decide(step.until);
    assert.deepEqual([ready.kind, ready.kind === 'train' && ready.reason], ['train', 'drift']);
  });

  it('wait for as many new rows with labels as are declared, and note the wait for the story', async () => {
    await rig.close();
    rig = await openRig('next-day');
    await rig.apply({ retraining: { debounce: '0 seconds', cooldown: '0 seconds', minNewRows: 1_000_000 } });
    await rig.run('askOnSchedule', { pipeline: 'fraud', asOf: NEXT_DAY });
    const step = await decide(NEXT_DAY);
    assert.ok(step.kind === 'wait', step.kind);
    assert.match(step.why, /^[1-9]\d* of at least 1000000 rows with mature labels have come since the last training/);
    const noted = await runSql(rig.url, 'select what, why from perennial.retraining_waits');
    assert.deepEqual(noted.rows, [{ what: 'rows', why: step.why }]);
  });

  describe('on a running clock, with a message dated next year', () => {
    const NEXT_YEAR = '2027-03-17T02:00:00.000Z';
    const running = createClock(clockSetting(new Date(AS_OF), new Date(), 1));
    const steps = () =>
      inAttempts(createRetrainingActivities({ ...rig.ports, sharedClock: { read: async () => running } }));
    const hearAndDecide = () => steps().decideNextStep({ pipeline: 'fraud', now: NEXT_YEAR });
    const yesterday = earlier(AS_OF, '1 day');
    const askOnSchedule = (asOf: string) => steps().askOnSchedule({ pipeline: 'fraud', asOf });

    it('train for the present', async () => {
      await askOnSchedule(yesterday);
      assert.equal((await hearAndDecide()).kind, 'train');
      const [cycle] = await rig.ports.ledger.cycles('fraud', 10);
      assert.ok(cycle!.asOf < NEXT_DAY, cycle!.asOf);
    });

    it('are not held up by a stored request of that year, which waits for its own moment', async () => {
      await askOnSchedule(yesterday);
      const ahead = await askOnSchedule(NEXT_YEAR);
      assert.equal((await hearAndDecide()).kind, 'train');
      assert.deepEqual((await rig.ports.ledger.openRequests('fraud')).map(({ id }) => id), [ahead]); // prettier-ignore
    });

    it('are not held up by a cycle stored for that year', async () => {
      const cycle = { id: 'fraud-ahead', pipeline: 'fraud', reason: 'schedule', asOf: NEXT_YEAR, driftSince: null } as const; // prettier-ignore
      await rig.ports.ledger.openCycle({ ...cycle, requests: [] });
      const outcome = { result: 'refused', version: null, reason: 'no better', endedAt: NEXT_YEAR } as const;
      await rig.ports.ledger.closeCycle(cycle.id, outcome);
      await askOnSchedule(yesterday);
      const step = await hearAndDecide();
      assert.equal(step.kind, 'train', JSON.stringify(step));
    });
  });

  it("store a schedule's request once per scheduled time, and signal the loop each time", async () => {
    const input = { pipeline: 'fraud', asOf: AS_OF };
    const id = await rig.run('askOnSchedule', input);
    assert.equal(await rig.run('askOnSchedule', input), id);
    assert.equal((await rig.ports.ledger.openRequests('fraud')).length, 1);
    assert.deepEqual(
      rig.heard.asked.map((asked) => asked.id),
      [id, id],
    );
    assert.notEqual(await rig.run('askOnSchedule', { ...input, asOf: NEXT_DAY }), id);
  });

  it('say which automation asked and why, and open its cycle by the rules of a schedule', async () => {
    const automation = { by: 'automation retrain', why: 'an alert opened (warning): b is no longer filled' };
    const input = { pipeline: 'fraud', asOf: AS_OF };
    const id = await rig.run('askOnSchedule', { ...input, automation });
    assert.notEqual(await rig.run('askOnSchedule', { ...input, asOf: NEXT_DAY }), id);
    const [asked] = await rig.ports.ledger.openRequests('fraud');
    assert.equal(askedInWords(asked!), `by the automation retrain: ${automation.why}`);
    assert.equal(whoAsked(asked!), 'the automation retrain');
    const step = await decide(AS_OF);
    assert.ok(step.kind === 'wait' && step.why.includes('debounce'), JSON.stringify(step));
    const opened = await decide(step.until);
    assert.ok(opened.kind === 'train' && opened.reason === 'automation', JSON.stringify(opened));
  });

  it('do not retry for a pipeline that was never applied', async () => {
    const { ledger } = rig.ports;
    assert.deepEqual(await ledger.openRequests('churn'), []);
    const failure = await failureOf(rig.run('decideNextStep', { pipeline: 'churn', now: null }));
    assert.deepEqual([failure.type, failure.nonRetryable], ['PIPELINE_UNKNOWN', true]);
    assert.match(failure.message, /These are applied: fraud/);
  });
});
