import type { Step } from './declared-steps.ts';
import type { Rollout } from '../rollouts.ts';

/** stepName(steps[1]) // => '10 %' */
export const stepName = ({ share }: Pick<Step, 'share'>): string =>
  share === 'shadow' ? 'shadow' : `${Number((share * 100).toFixed(1))} %`;

/** atStep('v4', step) // => 'v4 at 10 %', or 'v4 as a shadow' */
export const atStep = (version: string, step: Pick<Step, 'share'>): string =>
  step.share === 'shadow' ? `${version} as a shadow` : `${version} at ${stepName(step)}`;

/** Instead of the steps of a declaration that a newer release stored. */
export const UNREAD_STEPS = 'unknown, because this release cannot read their declaration';

/** What a look was about: a step, or the labels that come after all of them. null: this release cannot read the steps. */
export function lookedIn(steps: readonly Pick<Step, 'share'>[] | null, at: number): string {
  if (!steps) return `step ${at + 1}`;
  return steps[at] ? stepName(steps[at]) : 'labels';
}

/** What came of a rollout, and what labels said afterwards: 'promoted: better by 0.04; confirmed: losses: ...' */
export function outcomeInWords({ outcome, confirmation }: Pick<Rollout, 'outcome' | 'confirmation'>): string | null {
  if (!outcome) return null;
  const came = `${outcome.result}: ${outcome.reason}`;
  return confirmation ? `${came}; ${confirmation.result}: ${confirmation.reason}` : came;
}
