import { versionName } from '../base/ids.ts';
import { judge } from '../rollout/evidence/judge.ts';
import type { CheckName, Finding } from '../rollout/evidence/evidence.ts';
import type { Checks } from '../rollout/steps/declared-steps.ts';
import { emptyTally, type ArmTally } from '../rollout/evidence/tally.ts';
import { compareArms, numbersFor, type Compared } from '../sequential/experiment.ts';
import { errorOfDifference, meanOf, type Moments } from '../sequential/means.ts';
import { evidenceOfOtherShares } from '../sequential/multinomial.ts';
import { differenceInWords, figure, percent, whole } from './figures.ts';
import type { Experiment } from './experiments.ts';
import type { ArmSeen, GuardFinding, Numbers } from './look.ts';
import { isCounted, type CountedGuard, type Guard } from './plan.ts';

/** Intervals hold at every count; here they are narrowest. */
const TIGHTEST_AT = 1_000;
/** How likely guards together take out a version that is no worse in any of them. */
const GUARDS_ALPHA = 0.01;
/** How likely versions that get their shares are told that they do not. */
const SHARES_ALPHA = 0.001;

/** What servers count, as rollouts check it. */
const checksOf: Record<CountedGuard, readonly CheckName[]> = {
  errors: ['errors', 'refusals'],
  latency: ['latency'],
  score: ['scores'],
};

export interface Seen {
  experiment: Pick<Experiment, 'plan' | 'out'>;
  /** The version that the others are compared with, and the shares of now. */
  control: number;
  arms: readonly { version: number; share: number }[];
  numbers: Numbers;
  /** Of the posted numbers that guards watch, by name. */
  guarded: ReadonlyMap<string, Numbers>;
  /** What servers counted since the shares last changed. */
  tallies: readonly ArmTally[];
  checks: Checks;
  /** How far each version's scores lay from the control's when its gate compared them. */
  expectedShift: (version: number) => number;
}

const none: Moments = { count: 0, sum: 0, squares: 0 };
const numbersOf = ({ arms }: Numbers, version: number) =>
  arms.find((arm) => arm.version === version) ?? { version, samples: 0, fresh: 0, moments: none };

/** The versions, the control first, each with what its numbers say beside the control's. */
export function compare(seen: Seen): ArmSeen[] {
  const { experiment, control, arms, numbers } = seen;
  const { goal, alpha, arms: planned } = experiment.plan;
  const challengers = planned.map(({ version }) => version).filter((version) => version !== control);
  const live = challengers.filter((version) => arms.some((arm) => arm.version === version));
  const found = compareThem(numbers, control, live, { ...goal, alpha: (alpha * live.length) / challengers.length });
  const arm = (version: number): ArmSeen => {
    const { samples, moments } = numbersOf(numbers, version);
    const compared = found.get(version);
    return {
      version,
      share: arms.find((one) => one.version === version)?.share ?? 0,
      isControl: version === control,
      samples,
      count: moments.count,
      mean: moments.count > 0 ? meanOf(moments) : null,
      verdict: compared?.verdict ?? null,
      difference: compared?.difference ?? null,
      needs: compared ? needsOf(compared, moments, numbersOf(numbers, control).moments, { ...goal, alpha: alpha / challengers.length }) : null, // prettier-ignore
      guards: compared ? guardsOf(seen, version, challengers.length) : [],
    };
  };
  return [control, ...challengers].map(arm);
}

interface Asked {
  better: 'higher' | 'lower';
  same: number;
  alpha: number;
}

function compareThem(numbers: Numbers, control: number, versions: readonly number[], asked: Asked) {
  const moments = (version: number): Moments => numbersOf(numbers, version).moments;
  const question = { ...asked, tightestAt: TIGHTEST_AT };
  const compared = versions.length > 0 ? compareArms(moments(control), versions.map(moments), question) : [];
  return new Map(versions.map((version, i): [number, Compared] => [version, compared[i]!]));
}

/** About how many more numbers it takes to a verdict, if the difference and the shares stay as they are. */
function needsOf({ verdict, difference }: Compared, mine: Moments, controls: Moments, { same, alpha }: Asked) {
  if (verdict !== 'unsure' || difference === null) return verdict === 'unsure' ? null : 0;
  const distance = Math.abs(difference.estimate);
  const size = 1 / (1 / mine.count + 1 / controls.count);
  const deviation = errorOfDifference(mine, controls) * Math.sqrt(size);
  // Proven to differ, or to differ by no more than what matters: whichever is nearer.
  const effect = Math.max(distance, same - distance) / deviation;
  if (!(effect > 1e-4)) return null;
  return Math.max(1, Math.round(mine.count * ((numbersFor(effect, alpha) / 2 / size) - 1))); // prettier-ignore
}

function guardsOf(seen: Seen, version: number, challengers: number): GuardFinding[] {
  return seen.experiment.plan.guards.map((guard) =>
    'better' in guard ? ofNumbers(seen, guard, version, challengers) : ofCounts(seen, guard.name, version, challengers),
  );
}

/** The counts begin anew with the shares, which change as often as a version leaves. */
function ofCounts(seen: Seen, name: CountedGuard, version: number, challengers: number): GuardFinding {
  const { arms, control, tallies, checks, expectedShift } = seen;
  const tally = (of: number) => tallies.find((one) => one.version === of)?.tally ?? emptyTally();
  const shareOf = (of: number): number => arms.find((arm) => arm.version === of)?.share ?? 0;
  const share = shareOf(version) / (shareOf(version) + shareOf(control));
  const evidence = { challenger: tally(version), champion: tally(control), share, losses: null };
  const alpha = GUARDS_ALPHA / challengers ** 2;
  const findings = judge({ ...evidence, expectedShift: expectedShift(version) }, { checks, alpha });
  return { name, ...worstOf(findings.filter(({ check }) => checksOf[name].includes(check))) };
}

const severity: readonly Finding['verdict'][] = ['worse', 'unsure', 'fine', 'none'];
function worstOf(findings: readonly Finding[]): Pick<Finding, 'verdict' | 'says'> {
  const [worst] = findings.toSorted((a, b) => severity.indexOf(a.verdict) - severity.indexOf(b.verdict));
  return { verdict: worst!.verdict, says: worst!.says };
}

function ofNumbers(
  { experiment, guarded, control }: Seen,
  { name, better }: Exclude<Guard, { name: CountedGuard }>,
  version: number,
  challengers: number,
): GuardFinding {
  const numbers = guarded.get(name) ?? { arms: [], crossed: 0 };
  const watched = experiment.plan.guards.filter((guard) => !isCounted(guard.name)).length;
  const alpha = GUARDS_ALPHA / watched / challengers;
  const { verdict, difference } = compareThem(numbers, control, [version], { better, same: 0, alpha }).get(version)!;
  if (difference === null) return { name, verdict: 'none', says: `${name}: nothing to compare yet` };
  const mean = (of: number): string => figure(meanOf(numbersOf(numbers, of).moments));
  const says =
    `${name}: the mean is ${mean(version)}, the champion's ${mean(control)}: ${differenceInWords(difference)}; ` +
    `allowed: not ${better === 'higher' ? 'lower' : 'higher'}`;
  return { name, verdict: verdict === 'worse' ? 'worse' : 'fine', says };
}

/** Why the versions compare nothing: they did not get their shares of the samples. null: they did. */
export function mismatchIn({
  experiment,
  arms,
  numbers,
}: Pick<Seen, 'experiment' | 'arms' | 'numbers'>): string | null {
  const counted = arms.map(({ version, share }) => ({ version, share, count: numbersOf(numbers, version).fresh }));
  const all = counted.reduce((sum, { count }) => sum + count, 0);
  // The shares change as often as a version leaves.
  const alpha = SHARES_ALPHA / (experiment.plan.arms.length - 1);
  if (arms.length < 2 || evidenceOfOtherShares(counted) < -Math.log(alpha)) return null;
  const said = counted.map(
    ({ version, share, count }) => `${versionName(version)} ${percent(count / all)} instead of ${percent(share)}`,
  );
  return (
    `sample ratio mismatch: of ${whole(all)} samples, ${said.join(', ')}. Something treats the versions differently before ` +
    'they answer, so their numbers compare nothing'
  );
}
