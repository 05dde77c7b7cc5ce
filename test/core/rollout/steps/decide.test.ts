import { decide, type Order, type Seen } from '../../../../core/rollout/steps/decide.ts';
import { type Finding } from '../../../../core/rollout/evidence/evidence.ts';
import { allAtOnce, blueGreen, canary, planOf, rolloutSchema } from '../../../../core/rollout/steps/declared-steps.ts';
import assert from 'node:assert/strict';

const [step] = rolloutSchema.parse({
  steps: [{ share: 0.1, minRequests: 500, bake: '1 hour', longest: '1 day' }],
}).steps!;
const finding = (verdict: Finding['verdict'], says = 'errors: 9 of 600 requests failed'): Finding => ({
  check: 'errors',
  verdict,
  difference: null,
  interval: null,
  allowed: 0,
  says,
});
const fine: Seen = { step: step!, requests: 600, findings: [finding('fine')], baked: true, overdue: false, orders: [] };
const order = (name: Order['order'], by = 'ada'): Order => ({ order: name, by, reason: 'I look at it' });
const decision = (seen: Partial<Seen>) => decide({ ...fine, ...seen }).decision;

describe('the decision at a look of a rollout', () => {
  it('moves on when the step lasted long enough, with enough requests, and nothing is worse', () => {
    assert.deepEqual(decide(fine), { decision: 'next', reason: '600 requests, and nothing is worse than allowed' });
  });

  it('waits until the step has lasted as long as declared, however much traffic there was', () => {
    assert.deepEqual(decide({ ...fine, requests: 1e6, baked: false }), {
      decision: 'wait',
      reason: 'it lasts at least 1 hour',
    });
  });

  it('never promotes what is unproven: it waits, then holds after the longest wait and says why', () => {
    const unsure = { findings: [finding('fine'), finding('unsure')] };
    assert.equal(decision(unsure), 'wait');
    assert.deepEqual(decide({ ...fine, ...unsure, overdue: true }), {
      decision: 'hold',
      reason: 'after 1 day: not proven yet: errors: 9 of 600 requests failed',
    });
  });

  it('takes a lack of traffic for no evidence: it waits, holds after the longest wait, and moves on once requests came', () => {
    const quiet = { requests: 0, findings: [finding('none')] };
    assert.equal(decision({ ...quiet, baked: false }), 'wait');
    assert.deepEqual(decide({ ...fine, ...quiet, overdue: true }), {
      decision: 'hold',
      reason: 'after 1 day: 0 of 500 requests',
    });
    assert.equal(decision({ ...quiet, requests: 500, overdue: true }), 'next');
  });

  it('rolls back what is worse, even before it has baked or while it is held, paused, skipped or overdue', () => {
    const worse = { findings: [finding('worse'), finding('fine', 'latency: as before')] };
    const pausing = { ...step!, pause: true };
    for (const state of [
      {},
      { baked: false },
      { requests: 3 },
      { overdue: true },
      { step: pausing },
      { orders: [order('hold')] },
      { orders: [order('skip')] },
    ])
      assert.deepEqual(decide({ ...fine, ...state, ...worse }), {
        decision: 'roll back',
        reason: 'errors: 9 of 600 requests failed',
      });
  });

  it('holds when a person says so, until a person lets it continue', () => {
    assert.deepEqual(decide({ ...fine, orders: [order('hold')] }), {
      decision: 'hold',
      reason: 'ada holds it: I look at it',
    });
    assert.equal(decision({ orders: [order('hold'), order('continue')] }), 'next');
    assert.equal(decision({ orders: [order('continue'), order('hold')] }), 'hold');
  });

  it('waits at a declared pause for a person, who alone lets it continue', () => {
    const pausing = { step: { ...step!, pause: true } };
    assert.equal(decision(pausing), 'hold');
    assert.equal(decision({ ...pausing, orders: [order('continue')] }), 'next');
    assert.equal(decision({ ...pausing, orders: [order('continue')], requests: 3 }), 'wait');
  });

  it('obeys when it is told to skip or abort', () => {
    assert.equal(decision({ requests: 0, baked: false, orders: [order('skip')] }), 'next');
    assert.equal(decision({ requests: 0, orders: [order('hold'), order('skip')] }), 'next', 'the last word counts');
    assert.equal(decision({ orders: [order('skip'), order('hold')] }), 'hold');
    assert.deepEqual(decide({ ...fine, orders: [order('skip'), order('abort')] }), {
      decision: 'roll back',
      reason: 'ada aborted it: I look at it',
    });
  });
});

describe('the declared steps of a rollout', () => {
  const problems = (rollout: object) => rolloutSchema.safeParse(rollout).error?.issues.map(({ path, message }) => [path.join('.'), message]); // prettier-ignore

  it('are shadow, 10 % and 50 % for a canary, and then all traffic', () => {
    const { steps } = rolloutSchema.parse({ steps: canary({ bake: '2 hours' }) });
    assert.deepEqual(
      steps!.map(({ share, bake, minRequests }) => [share, bake, minRequests]),
      [
        ['shadow', '2 hours', 500],
        [0.1, '2 hours', 500],
        [0.5, '2 hours', 500],
      ],
    );
  });

  it('are those of a canary by default, but none where no application sends the requests they wait for', () => {
    const sharesOf = (of: 'requests' | 'data', rollout: object = {}) =>
      planOf({ drift: { of }, rollout: rolloutSchema.parse(rollout) }).steps.map(({ share }) => share);
    assert.deepEqual(sharesOf('requests'), ['shadow', 0.1, 0.5]);
    assert.deepEqual(sharesOf('data'), []);
    assert.deepEqual(sharesOf('requests', { steps: allAtOnce() }), []);
    assert.deepEqual(sharesOf('data', { steps: blueGreen() }), ['shadow']);
    assert.equal('steps' in rolloutSchema.parse({}), false, 'so no revision changes with the default');
  });

  it('are confirmed by labels where they are the default ones, or where it is declared', () => {
    const confirmOf = (of: 'requests' | 'data', rollout: object = {}) =>
      planOf({ drift: { of }, rollout: rolloutSchema.parse(rollout) }).confirm;
    assert.deepEqual(confirmOf('requests'), { longest: '7 days' });
    assert.equal(confirmOf('requests', { confirm: 'never' }), null);
    assert.equal(confirmOf('requests', { steps: canary() }), null);
    assert.deepEqual(confirmOf('requests', { steps: [], confirm: { longest: '2 days' } }), { longest: '2 days' });
    assert.equal(confirmOf('data'), null);
    assert.equal('confirm' in rolloutSchema.parse({}), false, 'so no revision changes with the default');
  });

  it('must grow, and a shadow must come first', () => {
    const message = 'give each step more traffic than the one before it; only the first can be a shadow';
    assert.deepEqual(problems({ steps: [{ share: 0.5 }, { share: 0.1 }] }), [['steps.1.share', message]]);
    assert.deepEqual(problems({ steps: [{ share: 0.5 }, { share: 'shadow' }] }), [['steps.1.share', message]]);
  });

  it('need a share that leaves the champion some, and no wait shorter than their length', () => {
    const share = 'write "shadow", or a share above 0 and below 1, like 0.1';
    for (const wrong of [0, 1, -0.1, '10 %', null])
      assert.deepEqual(problems({ steps: [{ share: wrong }] }), [['steps.0.share', share]]);
    assert.deepEqual(problems({ steps: [{ share: 0.1, bake: '2 days', longest: '1 day' }] }), [
      ['steps.0.longest', 'must not be shorter than bake'],
    ]);
  });
});
