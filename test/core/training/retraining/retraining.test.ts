import {
  decideRetraining,
  type Cycle,
  type CycleOutcome,
  type RetrainRequest,
  unhelpedCycles,
} from '../../../../core/training/retraining/retraining.ts';
import { after } from '../../../../core/time/time.ts';
import assert from 'node:assert/strict';

type Policy = Parameters<typeof decideRetraining>[0];
const NOW = '2026-03-15T12:00:00.000Z';

const policy = {
  retraining: { debounce: '1 minute', cooldown: '6 hours', trainingsPerWeek: 7, afterDrift: '3 days' },
  label: { maturesAfter: '10 days' },
  source: { lateness: '1 hour' },
} as Policy;
const withRule = (rule: Partial<Policy['retraining']>): Policy => ({
  ...policy,
  retraining: { ...policy.retraining, ...rule },
});

const aRequest = (changes: Partial<RetrainRequest> = {}): RetrainRequest => ({
  id: `${changes.reason ?? 'schedule'}/1`,
  pipeline: 'fraud',
  reason: 'schedule',
  asOf: '2026-03-15T11:00:00.000Z',
  detail: '',
  driftSince: null,
  ...changes,
});
/** A cycle that began so long before NOW. */
const aCycle = (
  hoursAgo: number,
  result: CycleOutcome['result'] = 'promoted',
  reason: Cycle['reason'] = 'schedule',
): Cycle => ({
  id: `cycle-${hoursAgo}`,
  pipeline: 'fraud',
  reason,
  asOf: new Date(Date.parse(NOW) - hoursAgo * 3_600_000).toISOString(),
  driftSince: null,
  requests: [],
  reopened: 0,
  outcome: { result, version: null, reason: '', endedAt: NOW },
});
const decide = (requests: RetrainRequest[], cycles: Cycle[] = [], rules = policy, now = NOW) =>
  decideRetraining(rules, { requests, cycles, now });
const waitsUntil = (decision: ReturnType<typeof decide>) => (decision.kind === 'wait' ? decision.until : decision.kind);

describe('the decision to train again', () => {
  it('is to judge a model from elsewhere alone, before what else is asked', () => {
    const brought = { objectKey: 'models/fraud/a.json', sha256: 'a', file: 'model.onnx', fileSha256: 'b' };
    const theirs = aRequest({ id: 'person/2', reason: 'person', brought });
    const ours = aRequest({ id: 'person/1', reason: 'person' });
    const start = { kind: 'start', reason: 'person', driftSince: null };
    assert.deepEqual(decide([ours, theirs]), { ...start, requests: [theirs] });
    assert.deepEqual(decide([ours]), { ...start, requests: [ours] });
  });

  describe('after a cycle failed because something was unreachable', () => {
    const failed = (reopened = 0, endedAt = NOW): Cycle => ({
      ...aCycle(1),
      reopened,
      outcome: { result: 'failed', mayPass: true, version: null, reason: 'the store was away', endedAt },
    });
    const later = (minutes: number) => after(NOW, `${minutes} minutes`);

    it('is to try it again after ten minutes, twice as long each time, and five times', () => {
      for (const [reopened, minutes] of [
        [0, 10],
        [1, 20],
        [4, 160],
      ] as const) {
        // prettier-ignore
        const cycle = failed(reopened);
        assert.equal(waitsUntil(decide([], [cycle])), later(minutes));
        assert.deepEqual(decide([], [cycle], policy, later(minutes)), { kind: 'reopen', cycle });
      }
      assert.deepEqual(decide([], [failed(5)], policy, later(1_000)), { kind: 'idle' });
    });

    it('is to try it at once when a person asks, and before all else that is asked', () => {
      const cycle = failed();
      assert.deepEqual(decide([aRequest({ reason: 'person', asOf: NOW })], [cycle]), { kind: 'reopen', cycle });
      assert.deepEqual(decide([aRequest()], [cycle], policy, later(10)), { kind: 'reopen', cycle });
    });

    it('is to leave it when a later cycle has ended, or its failure needs a person', () => {
      assert.deepEqual(decide([], [failed(0, after(NOW, '1 hour')), aCycle(3)], policy, later(90)).kind, 'reopen');
      const since: Cycle = { ...aCycle(0), outcome: { ...aCycle(0).outcome!, endedAt: later(5) } };
      assert.deepEqual(decide([], [since, failed()], policy, later(90)), { kind: 'idle' });
      assert.deepEqual(decide([], [aCycle(1, 'failed')], policy, later(90)), { kind: 'idle' });
    });
  });

  it('is to do nothing when nothing is asked', () => {
    assert.deepEqual(decide([]), { kind: 'idle' });
  });

  it('serves a person at once, whatever cooldown and budget say', () => {
    const cycles = Array.from({ length: 7 }, (_, i) => aCycle(i + 0.1));
    const request = aRequest({ reason: 'person', asOf: NOW });
    assert.deepEqual(decide([request], cycles), {
      kind: 'start',
      reason: 'person',
      requests: [request],
      driftSince: null,
    });
  });

  it('waits a moment for more requests, and settles them with one cycle', () => {
    const requests = [
      aRequest({ id: 'a', asOf: '2026-03-15T11:59:10.000Z' }),
      aRequest({ id: 'b', asOf: '2026-03-15T11:59:40.000Z' }),
    ];
    const decision = decide(requests);
    assert.equal(waitsUntil(decision), '2026-03-15T12:00:40.000Z', 'a minute after the newest');
    assert.match(decision.kind === 'wait' ? decision.why : '', /debounce 1 minute/);
    const later = decide(requests, [], policy, '2026-03-15T12:00:40.000Z');
    assert.deepEqual(later, { kind: 'start', reason: 'schedule', requests, driftSince: null });
  });

  it('is not postponed for ever by requests that keep coming: for ten debounces, or as declared', () => {
    const flapping = (minutes: number) =>
      Array.from({ length: minutes * 2 }, (_, i) =>
        aRequest({ id: `r${i}`, reason: 'drift', asOf: after(NOW, `${i * 30} seconds`) }),
      );
    const at = (minutes: number) => after(NOW, `${minutes} minutes`);
    const flapped = (minutes: number, rules = policy) => decide(flapping(minutes), [], rules, at(minutes));
    assert.equal(waitsUntil(flapped(9)), after(at(9), '30 seconds'), 'the debounce after the newest');
    assert.equal(flapped(10).kind, 'start');
    const longer = withRule({ debounceAtMost: '2 hours' });
    assert.deepEqual([flapped(60, longer).kind, flapped(120, longer).kind], ['wait', 'start']);
  });

  it('waits for enough new rows with labels, says how many have come, and leaves people alone', () => {
    const rules = withRule({ minNewRows: 500 });
    const decision = decideRetraining(rules, { requests: [aRequest()], cycles: [], newRows: 420, now: NOW });
    assert.ok(decision.kind === 'wait' && decision.what === 'rows');
    assert.match(decision.why, /^420 of at least 500 rows/);
    for (const newRows of [500, null])
      assert.equal(decideRetraining(rules, { requests: [aRequest()], cycles: [], newRows, now: NOW }).kind, 'start');
    const person = aRequest({ reason: 'person', asOf: NOW });
    assert.equal(decideRetraining(rules, { requests: [person], cycles: [], newRows: 0, now: NOW }).kind, 'start');
  });

  it('waits for the cooldown after the last training', () => {
    const decision = decide([aRequest()], [aCycle(2)]);
    assert.equal(waitsUntil(decision), '2026-03-15T16:00:00.000Z');
    assert.match(decision.kind === 'wait' ? decision.why : '', /cooldown 6 hours/);
    assert.equal(decide([aRequest()], [aCycle(6)]).kind, 'start');
  });

  it('doubles the cooldown with each drift training that did not help, up to 32 times', () => {
    const unhelpful = (count: number) => Array.from({ length: count }, (_, i) => aCycle(1 + i, 'refused', 'drift'));
    const many = withRule({ trainingsPerWeek: 100 });
    const hoursAfterLast = (count: number) =>
      (Date.parse(waitsUntil(decide([aRequest()], unhelpful(count), many))) - Date.parse(unhelpful(1)[0]!.asOf)) /
      3_600_000;
    assert.deepEqual([1, 2, 3, 5, 9].map(hoursAfterLast), [12, 24, 48, 192, 192]);
    const waits = decide([aRequest()], unhelpful(2), many);
    assert.match(waits.kind === 'wait' ? waits.why : '', /longer since the last 2 trainings did not help/);
  });

  it('goes back to the plain cooldown after a drift training that helped, or one that a person asked for', () => {
    const unhelpful = [aCycle(20, 'refused', 'drift'), aCycle(30, 'refused', 'drift')];
    for (const last of [aCycle(3, 'promoted', 'drift'), aCycle(3, 'refused', 'person')])
      assert.equal(waitsUntil(decide([aRequest()], [last, ...unhelpful])), '2026-03-15T15:00:00.000Z');
  });

  it('keeps the longer cooldown, counted from the last drift training, when a scheduled training is refused after it', () => {
    const unhelpful = [30, 40, 50].map((hours) => aCycle(hours, 'refused', 'drift'));
    const decision = decide([aRequest()], [aCycle(10, 'refused'), ...unhelpful]);
    assert.equal(waitsUntil(decision), after(unhelpful[0]!.asOf, '48 hours'));
    assert.match(decision.kind === 'wait' ? decision.why : '', /longer since the last 3 trainings did not help/);
    const recent = decide([aRequest()], [aCycle(1, 'refused'), aCycle(48, 'refused', 'drift')]);
    assert.equal(waitsUntil(recent), after(NOW, '5 hours'), 'it has a cooldown of its own');
    assert.equal(decide([aRequest()], [aCycle(10, 'promoted'), ...unhelpful]).kind, 'start');
  });

  it('spends no more trainings a week than the budget allows', () => {
    const cycles = [aCycle(24), aCycle(48), aCycle(100)];
    const decision = decide([aRequest()], cycles, withRule({ trainingsPerWeek: 3 }));
    assert.equal(waitsUntil(decision), after(cycles[2]!.asOf, '7 days'), 'when the third last is a week old');
    assert.match(decision.kind === 'wait' ? decision.why : '', /budget of 3 trainings/);
    assert.equal(decide([aRequest()], cycles, withRule({ trainingsPerWeek: 4 })).kind, 'start');
  });

  it('counts a cycle that found nothing new neither for the cooldown, nor for the budget, nor as one that helped', () => {
    const idle = aCycle(1, 'nothing new');
    assert.equal(decide([aRequest()], [idle]).kind, 'start');
    assert.equal(decide([aRequest()], [idle], withRule({ trainingsPerWeek: 1 })).kind, 'start');
    const helpless = [aCycle(20, 'refused', 'drift'), aCycle(40, 'refused', 'drift')];
    assert.deepEqual(unhelpedCycles([idle, ...helpless]), helpless);
  });

  it('waits after drift until labels of enough drifted time have matured', () => {
    const drift = aRequest({ reason: 'drift', driftSince: '2026-03-05T00:00:00.000Z' });
    const decision = decide([drift]);
    assert.equal(
      waitsUntil(decision),
      '2026-03-18T01:00:00.000Z',
      '3 days, 10 days of maturing and an hour of lateness',
    );
    assert.match(decision.kind === 'wait' ? decision.why : '', /labels of 3 days after the drift/);
    assert.deepEqual(decide([drift], [], policy, '2026-03-18T01:00:00.000Z'), {
      kind: 'start',
      reason: 'drift',
      requests: [drift],
      driftSince: '2026-03-05T00:00:00.000Z',
    });
  });

  it('starts for a person while drift still waits for its labels', () => {
    const drift = aRequest({ reason: 'drift', driftSince: '2026-03-14T00:00:00.000Z' });
    const person = aRequest({ reason: 'person', asOf: NOW });
    assert.deepEqual(decide([drift, person]), {
      kind: 'start',
      reason: 'person',
      requests: [person],
      driftSince: null,
    });
  });

  it('judges a cycle as one of drift when drift is among its requests', () => {
    const since = '2026-03-01T00:00:00.000Z';
    const requests = [aRequest(), aRequest({ reason: 'person' }), aRequest({ reason: 'drift', driftSince: since })];
    assert.deepEqual(decide(requests), { kind: 'start', reason: 'drift', requests, driftSince: since });
  });

  it('waits for whichever request is ready first', () => {
    const drift = aRequest({ reason: 'drift', driftSince: '2026-03-14T00:00:00.000Z' });
    assert.equal(waitsUntil(decide([drift, aRequest()], [aCycle(2)])), '2026-03-15T16:00:00.000Z');
  });
});
