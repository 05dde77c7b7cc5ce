import { decide } from '../../core/rollout/steps/decide.ts';
import { judge } from '../../core/rollout/evidence/judge.ts';
import { type Look } from '../../core/rollout/progress.ts';
import { canary, planOf, rolloutSchema } from '../../core/rollout/steps/declared-steps.ts';
import { bucketOf, emptyTally, type Tally } from '../../core/rollout/evidence/tally.ts';
import { instant, MINUTE } from '../../core/time/time.ts';
import { type RolloutShown } from '../../operations/index.ts';

const SINCE = Date.parse('2026-03-04T08:00:00.000Z');
const { steps, checks } = planOf({
  drift: { of: 'requests' },
  rollout: rolloutSchema.parse({ steps: canary({ bake: '1 hour' }) }),
});

/** v5 of fraud, under way to the traffic of v4. */
export const aRollout = (changes: Partial<RolloutShown> = {}): RolloutShown => ({
  id: 'fraud-2026-03-04T07:30Z-aaaaaa',
  pipeline: 'fraud',
  revision: 'r1',
  version: 5,
  cycle: 'fraud-2026-03-04T07:30Z-aaaaaa',
  generation: 5,
  reason: 'Better than the champion by 0.02.',
  askedBy: 'training run fraud-2026-03-04T07:30Z-aaaaaa',
  askedAt: '2026-03-04T07:50:00.000Z',
  ownRun: true,
  outcome: null,
  confirmation: null,
  confirming: false,
  steps,
  passed: 1,
  step: { at: 1, since: instant(SINCE) },
  waitsFor: null,
  orders: [],
  looks: looksOf(1, 3_000),
  ...changes,
});

interface Behaviour {
  /** How many of a hundred requests of the challenger fail; one of the champion's. */
  failing?: number;
  /** How high its scores are; the champion's are 0.3. */
  score?: number;
  orders?: RolloutShown['orders'];
}

/** The looks of a step, the newest first: each after a third more requests, until the challenger has had so many. */
export function looksOf(at: number, requests: number, behaviour: Behaviour = {}): Look[] {
  const looks = [lookOf(at, requests, behaviour)];
  for (let before = requests; before > 12;) looks.push(lookOf(at, (before = Math.floor(before * 0.75)), behaviour));
  return looks;
}

function lookOf(at: number, requests: number, { failing = 1, score = 0.31, orders = [] }: Behaviour): Look {
  const step = steps[at]!;
  const share = step.share === 'shadow' ? 0.5 : step.share;
  const challenger = tallyOf(requests, failing, score);
  const champion = tallyOf(Math.round((requests * (1 - share)) / share), 1, 0.3);
  const findings = judge(
    { challenger, champion, share, expectedShift: 0.02, losses: null },
    { checks, alpha: checks.falseAlarms / steps.length },
  );
  const arm = (version: number, part: number | 'shadow', { rows, units, failed, refused }: Tally) => ({
    version,
    share: part,
    rows,
    units,
    failed,
    refused,
  });
  return {
    step: at,
    at: instant(SINCE + Math.min(requests / 60, 90) * MINUTE),
    arms: [arm(4, step.share === 'shadow' ? 1 : 1 - step.share, champion), arm(5, step.share, challenger)],
    findings,
    ...decide({ step, requests, findings, baked: false, overdue: false, orders }),
  };
}

function tallyOf(units: number, failing: number, score: number): Tally {
  const tally: Tally = { ...emptyTally(), rows: units, units, failed: Math.round((units * failing) / 100) };
  for (let i = 0; i < units; i++) tally.times[bucketOf(4 + (i % 10) / 2)]!++;
  tally.scores = { count: units, sum: units * score, squares: units * (score ** 2 + 0.04) };
  return tally;
}

const ENDED = '2026-03-04T09:20:00.000Z';
/** How rollouts can stand, for pages that show each. */
export const rolloutsThat = {
  haveNoLooks: () => aRollout({ passed: 0, step: null, looks: [] }),
  areInTheShadow: () => aRollout({ passed: 0, step: { at: 0, since: instant(SINCE) }, looks: looksOf(0, 220) }),
  areUnsure: () => aRollout({ looks: looksOf(1, 900, { failing: 2 }) }),
  areHeld: () => {
    const orders = [{ order: 'hold' as const, by: 'ada', reason: 'I look at the errors first' }];
    const [held, ...before] = looksOf(1, 3_000, { orders });
    return aRollout({
      orders,
      looks: [held!, ...before.map((look) => ({ ...look, ...beforeIt })), ...looksOf(0, 800)],
    });
  },
  areRolledBack: () => {
    const looks = looksOf(1, 83, { failing: 12 });
    const reason = `v5 at 10 %: ${looks[0]!.reason}`;
    return aRollout({ looks, outcome: { result: 'rolled back', reason, endedAt: ENDED } });
  },
  arePromoted: () =>
    aRollout({
      passed: 3,
      step: { at: 2, since: instant(SINCE) },
      looks: [...looksOf(2, 9_000), ...looksOf(1, 3_000)],
      outcome: { result: 'promoted', reason: 'Better than the champion by 0.02.', endedAt: ENDED },
    }),
};
const beforeIt = { decision: 'wait' as const, reason: 'it lasts at least 1 hour' };
