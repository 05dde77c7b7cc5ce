import { createRandom, type Random } from '../../../core/base/random.ts';
import { decide } from '../../../core/experiments/decide.ts';
import { compare, mismatchIn, type Seen } from '../../../core/experiments/judge.ts';
import { type Decision } from '../../../core/experiments/look.ts';
import { planFrom, type PlanAsked } from '../../../core/experiments/plan.ts';
import { planOf } from '../../../core/rollout/steps/declared-steps.ts';
import { emptyTally, type Tally } from '../../../core/rollout/evidence/tally.ts';
import { type Moments } from '../../../core/sequential/means.ts';
import assert from 'node:assert/strict';

const { checks } = planOf({ drift: { of: 'requests' }, rollout: {} });
const asked: PlanAsked = { versions: [1, 2, 3], metric: 'clicks', better: 'higher', guards: ['errors'] };
const planned = (changes: Partial<PlanAsked> = {}) =>
  planFrom({ ...asked, ...changes }, { champion: 1, label: { maturesAfter: '7 days' } });

type Plan = ReturnType<typeof planned>;
interface Scene {
  plan?: Plan;
  /** The number of each version's samples, and how many of a hundred are 1. */
  samples?: Record<number, [count: number, ofHundred: number]>;
  tallies?: Record<number, Partial<Tally>>;
  overdue?: boolean;
}

const shares = (count: number, ofHundred: number): Moments => ({
  count,
  sum: (count * ofHundred) / 100,
  squares: (count * ofHundred) / 100,
});
const seenOf = (plan: Plan, arms: Seen['numbers']['arms'], tallies: Record<number, Partial<Tally>> = {}): Seen => ({
  experiment: { plan, out: [] },
  control: 1,
  arms: plan.arms,
  numbers: { arms, crossed: 0 },
  guarded: new Map(),
  tallies: Object.entries(tallies).map(([version, tally]) => ({
    pipeline: 'fraud',
    generation: 2,
    version: Number(version),
    tally: { ...emptyTally(), ...tally },
  })),
  checks,
  expectedShift: () => 0,
});
function look(seen: Seen, overdue = false): Decision {
  const experiment = seen.experiment;
  return decide({ experiment, arms: compare(seen), mismatch: mismatchIn(seen), overdue });
}
function decided({ plan = planned(), samples = {}, tallies, overdue }: Scene): Decision {
  const arms = Object.entries(samples).map(([version, [count, ofHundred]]) => ({
    version: Number(version),
    samples: count,
    fresh: count,
    moments: shares(count, ofHundred),
  }));
  return look(seenOf(plan, arms, tallies), overdue);
}

describe('the decision of an experiment', () => {
  it('is none without samples or numbers', () => {
    assert.match(decided({}).reason, /^no prediction of v1, v2, v3 is in the log yet$/);
    assert.equal(decided({}).decision, 'hold');
  });

  it('is the version that is proven better', () => {
    const found = decided({ samples: { 1: [1_000, 20], 2: [1_000, 40], 3: [1_000, 21] } });
    assert.ok(found.decision === 'end');
    assert.deepEqual([found.result, found.winner], ['better', 2]);
  });

  it('waits while another version looks better still, and takes the proven one when the time is up', () => {
    const samples: Scene['samples'] = { 1: [1_000, 20], 2: [1_000, 30], 3: [40, 40] };
    const plan = planned({ shares: [0.49, 0.49, 0.02] });
    const found = decided({ plan, samples });
    assert.equal(found.decision, 'wait');
    assert.match(found.reason, /^not proven yet: v3 clicks 0\.2 higher/);
    const late = decided({ plan, samples, overdue: true });
    assert.ok(late.decision === 'end' && late.result === 'better' && late.winner === 2);
  });

  it('is that versions are the same only when numbers show it, and otherwise undecided', () => {
    const plan = planned({ versions: [1, 2], same: 0.1 });
    const same = decided({ plan, samples: { 1: [2_000, 20], 2: [2_000, 20] } });
    assert.ok(same.decision === 'end' && same.result === 'kept');
    const none = decided({ plan, overdue: true });
    assert.ok(none.decision === 'end' && none.result === 'undecided');
  });

  it('is reversed where lower is better', () => {
    const plan = planned({ versions: [1, 2], better: 'lower' });
    const found = decided({ plan, samples: { 1: [1_000, 40], 2: [1_000, 20] } });
    assert.ok(found.decision === 'end' && found.winner === 2);
    assert.equal(decided({ plan, samples: { 1: [1_000, 20], 2: [1_000, 40] } }).decision, 'take out');
  });

  it('applies guards before everything else about a version, even a win', () => {
    const tallies = { 1: { rows: 900, units: 900 }, 2: { rows: 900, units: 900, failed: 90 } };
    const found = decided({ samples: { 1: [1_000, 20], 2: [1_000, 40], 3: [1_000, 20] }, tallies });
    assert.ok(found.decision === 'take out' && found.version === 2);
  });
});

describe('the promise of an experiment that is looked at after every fifty samples', () => {
  const EXPERIMENTS = 100;
  const LOOKS = 30;
  interface Ran {
    found: Decision;
    /** Whether every interval of every look held the true difference. */
    holds: boolean;
  }

  /** Versions whose samples are drawn by these chances; a sample's number is the mean of its rows, which come one by one. */
  function run(seed: number, plan: Plan, chances: readonly number[]): Ran {
    const random = createRandom(seed);
    const arms = chances.map((_, i) => ({ version: i + 1, samples: 0, fresh: 0, numbers: [] as number[] }));
    let holds = true;
    for (let at = 0; ; at++) {
      for (let i = 0; i < 50; i++) {
        const pick = Math.floor(random.uniform() * arms.length);
        const arm = arms[pick]!;
        arm.samples++;
        arm.fresh++;
        arm.numbers.push(draw(random, chances[pick]!));
        // A second row of one that came before revises its number.
        const again = Math.floor(random.uniform() * arm.numbers.length);
        arm.numbers[again] = (arm.numbers[again]! + draw(random, chances[pick]!)) / 2;
      }
      const seen = seenOf(plan, arms.map(({ numbers, ...arm }) => ({ ...arm, moments: momentsOf(numbers) }))); // prettier-ignore
      const compared = compare(seen);
      for (const { version, difference } of compared) {
        const truth = chances[version - 1]! - chances[0]!;
        if (difference && (difference.low > truth || difference.high < truth)) holds = false;
      }
      const experiment = seen.experiment;
      const found = decide({ experiment, arms: compared, mismatch: mismatchIn(seen), overdue: false });
      if (found.decision === 'end' || found.decision === 'take out' || at === LOOKS) return { found, holds };
    }
  }
  const all = (plan: Plan, chances: readonly number[]): Ran[] =>
    Array.from({ length: EXPERIMENTS }, (_, seed) => run(seed + 1, plan, chances));

  it('is to tell equal versions apart in at most one of twenty experiments, and report no mismatch', () => {
    const ran = all(planned({ guards: [] }), [0.3, 0.3, 0.3]);
    const wrong = ran.filter(({ found }) => found.decision !== 'wait');
    assert.ok(wrong.length <= EXPERIMENTS / 20, `${wrong.length} of ${EXPERIMENTS}`);
    assert.ok(ran.filter(({ holds }) => !holds).length <= EXPERIMENTS / 20);
    assert.ok(!ran.some(({ found }) => found.decision === 'end' && found.result === 'mismatch'));
  });

  it('is to find a true difference, name the right version, and hold the truth in its interval', () => {
    const ran = all(planned({ versions: [1, 2], guards: [] }), [0.3, 0.45]);
    const right = ran.filter(
      ({ found }) => found.decision === 'end' && found.result === 'better' && found.winner === 2,
    );
    assert.ok(right.length >= 0.9 * EXPERIMENTS, `${right.length} of ${EXPERIMENTS}`);
    assert.ok(!ran.some(({ found }) => found.decision === 'take out'));
    assert.ok(ran.filter(({ holds }) => !holds).length <= EXPERIMENTS / 20);
  });

  it('is to notice versions that do not get their shares', () => {
    const plan = planned({ versions: [1, 2], shares: [0.7, 0.3], guards: [] });
    const found = all(plan, [0.3, 0.3]).filter(({ found: { reason } }) => /sample ratio mismatch/.test(reason));
    assert.ok(found.length >= 0.9 * EXPERIMENTS, `${found.length}`);
  });
});

const draw = (random: Random, chance: number): number => (random.uniform() < chance ? 1 : 0);

function momentsOf(numbers: readonly number[]): Moments {
  const moments = { count: numbers.length, sum: 0, squares: 0 };
  for (const number of numbers) {
    moments.sum += number;
    moments.squares += number * number;
  }
  return moments;
}
