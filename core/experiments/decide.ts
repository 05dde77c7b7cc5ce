import { versionName } from '../base/ids.ts';
import type { Experiment } from './experiments.ts';
import { differenceInWords, whole } from './figures.ts';
import type { ArmSeen, Decision } from './look.ts';
import type { Plan } from './plan.ts';

export interface Found {
  experiment: Pick<Experiment, 'plan' | 'out'>;
  /** The control first. */
  arms: readonly ArmSeen[];
  mismatch: string | null;
  /** Whether it has lasted as long as it may. */
  overdue: boolean;
}

/**
 * Decides what a look leads to. A version that is proven worse leaves at once. The first version that is proven better
 * wins, unless another one looks better still: then its proof, or the end of the time, is waited for.
 */
export function decide({ experiment: { plan, out }, arms, mismatch, overdue }: Found): Decision {
  if (mismatch) return end('mismatch', mismatch);
  const live = arms.filter(({ isControl, share }) => !isControl && share > 0);
  for (const arm of live) {
    const guard = arm.guards.find(({ verdict }) => verdict === 'worse');
    if (guard) return { decision: 'take out', version: arm.version, reason: `a guard is proven worse: ${guard.says}` };
    if (arm.verdict === 'worse')
      return { decision: 'take out', version: arm.version, reason: `it is proven worse: ${differenceOf(plan, arm)}` };
  }
  const left = out.map(({ version, reason }) => `${versionName(version)} was taken out (${reason})`);
  if (live.length === 0) return end('kept', left.join('; '));

  const byMerit = live.toSorted((a, b) => merit(plan, b) - merit(plan, a));
  const [leader] = byMerit;
  const winner = overdue ? byMerit.find(isBetter) : leader && isBetter(leader) ? leader : undefined;
  if (winner) return end('better', `${versionName(winner.version)} is better: ${differenceOf(plan, winner)}`, winner);
  if (live.every(({ verdict }) => verdict === 'same'))
    return end('kept', [...live.map((arm) => `${versionName(arm.version)} is the same: ${differenceOf(plan, arm)}`), ...left].join('; ')); // prettier-ignore
  if (overdue) return end('undecided', `no version was proven better or the same within ${plan.longest}`);
  return stillOpen(plan, arms, live);
}

const end = (result: Extract<Decision, { decision: 'end' }>['result'], reason: string, winner?: ArmSeen): Decision => ({
  decision: 'end',
  result,
  winner: winner?.version ?? null,
  reason,
});

const isBetter = ({ verdict }: ArmSeen): boolean => verdict === 'better';

/** The larger, the better a version looks. */
const merit = ({ goal }: Plan, { difference }: ArmSeen): number =>
  difference === null ? 0 : goal.better === 'higher' ? difference.estimate : -difference.estimate;

/** No data is no evidence: it never ends an experiment as "same". */
function stillOpen({ goal }: Plan, arms: readonly ArmSeen[], live: readonly ArmSeen[]): Decision {
  const shared = arms.filter(({ share }) => share > 0);
  const unseen = shared.filter(({ samples }) => samples === 0).map(({ version }) => versionName(version));
  if (unseen.length > 0) return { decision: 'hold', reason: `no prediction of ${unseen.join(', ')} is in the log yet` };
  const numberless = shared.filter(({ count }) => count === 0).map(({ version }) => versionName(version));
  if (numberless.length > 0)
    return { decision: 'hold', reason: `no sample of ${numberless.join(', ')} has ${what(goal)} yet` };
  const constant = live.filter(({ difference }) => difference === null);
  if (constant.length > 0) return { decision: 'wait', reason: `${goal.name}: too few numbers yet, or all alike` };
  const best = live.toSorted((a, b) => merit({ goal } as Plan, b) - merit({ goal } as Plan, a))[0]!;
  const needs = best.needs ? `; about ${whole(best.needs)} more samples of it if that stays` : '';
  return {
    decision: 'wait',
    reason: `not proven yet: ${versionName(best.version)} ${differenceOf({ goal }, best)}${needs}`,
  };
}

/** What a sample without a number waits for. */
const what = ({ name, within, absent }: Plan['goal']): string =>
  name === 'label' || name === 'loss'
    ? `a label that counts, which takes ${within}`
    : absent === null
      ? `a number "${name}"`
      : `a number "${name}", or has waited ${within} for one`;

const differenceOf = ({ goal }: Pick<Plan, 'goal'>, { difference }: ArmSeen): string =>
  `${goal.name} ${difference ? differenceInWords(difference) : 'unknown'}`;
