import { decide } from '../../core/experiments/decide.ts';
import { type Experiment } from '../../core/experiments/experiments.ts';
import { compare, type Seen } from '../../core/experiments/judge.ts';
import { type Look } from '../../core/experiments/look.ts';
import { planFrom } from '../../core/experiments/plan.ts';
import { planOf } from '../../core/rollout/steps/declared-steps.ts';
import { emptyTally } from '../../core/rollout/evidence/tally.ts';
import { HOUR, instant } from '../../core/time/time.ts';
import { type ExperimentShown } from '../../operations/index.ts';

const BEGUN = Date.parse('2026-03-02T08:00:00.000Z');
const { checks } = planOf({ drift: { of: 'requests' }, rollout: {} });
const plan = planFrom(
  { versions: [4, 5, 6], metric: 'revenue', better: 'higher', same: 0.1, guards: ['errors', 'refunds:lower'] },
  { champion: 4, label: { maturesAfter: '7 days' } },
);

const base: Experiment = {
  id: 'fraud-e2',
  pipeline: 'fraud',
  revision: 'r1',
  plan,
  reason: 'does a wider network pay?',
  askedBy: 'ada',
  askedAt: instant(BEGUN),
  generation: 6,
  begunAt: instant(BEGUN),
  dividedAt: instant(BEGUN),
  out: [],
  stop: null,
  outcome: null,
};

/** A look after so many hours, at which each version has had fifty samples an hour. */
function lookAfter(hours: number): Look {
  const count = 50 * hours;
  // A difference that settles down, as numbers do.
  const mean = (version: number): number => 12 + (version === 5 ? 0.6 : version === 6 ? 0.05 : 0) + Math.sin(hours + version) / Math.sqrt(count / 4); // prettier-ignore
  const numbers = {
    crossed: 2 * hours,
    arms: [4, 5, 6].map((version) => ({
      version,
      samples: count + 7,
      fresh: count + 7,
      moments: { count, sum: count * mean(version), squares: count * (mean(version) ** 2 + 9) },
    })),
  };
  const seen: Seen = {
    experiment: base,
    control: 4,
    arms: plan.arms,
    numbers,
    guarded: new Map(),
    tallies: [4, 5, 6].map((version) => ({ pipeline: 'fraud', generation: 6, version, tally: { ...emptyTally(), rows: count, units: count, failed: 2 } })), // prettier-ignore
    checks,
    expectedShift: () => 0,
  };
  const arms = compare(seen);
  const decided = decide({ experiment: base, arms, mismatch: null, overdue: false });
  return { at: instant(BEGUN + hours * HOUR), arms, crossed: numbers.crossed, ...decided };
}

/** The newest first. */
const looksFor = (hours: number): Look[] => Array.from({ length: hours }, (_, i) => lookAfter(hours - i));

const shown = (changes: Partial<ExperimentShown> = {}): ExperimentShown => ({
  ...base,
  waits: [],
  overruled: false,
  looks: looksFor(12),
  ...changes,
});

/** How experiments can stand, for pages and commands that show each. */
export const experimentsThat = {
  run: () => shown(),
  wait: () => shown({ begunAt: null, dividedAt: null, waits: ['fraud-v6-g5-1'], looks: [] }),
  haveNoLooks: () => shown({ looks: [] }),
  areOverruled: () => shown({ overruled: true }),
  lostAVersion: () => {
    const [latest, ...before] = looksFor(12);
    const arms = latest!.arms.map((arm) => (arm.version === 6 ? { ...arm, share: 0, verdict: null, difference: null, needs: null, guards: [] } : arm)); // prettier-ignore
    const reason = 'a guard is proven worse: errors: 90 of 900 requests failed';
    const out = [{ version: 6, at: latest!.at, reason }];
    return shown({ out, looks: [{ ...latest!, arms }, { ...before[0]!, decision: 'take out', version: 6, reason }, ...before.slice(1)] }); // prettier-ignore
  },
  areBetter: () => {
    const looks = looksFor(60);
    const end = looks.findLast(({ decision }) => decision === 'end')!;
    const kept = looks.slice(looks.indexOf(end));
    return shown({
      looks: kept,
      outcome: { result: 'better', winner: 5, reason: end.reason, endedAt: end.at, alpha: 0.05, arms: end.arms, rollout: 'fraud-v5-g7-1' }, // prettier-ignore
    });
  },
};
