import type { Step } from './declared-steps.ts';

/** stepName(steps[1]) // => '10 %' */
export const stepName = ({ share }: Pick<Step, 'share'>): string =>
  share === 'shadow' ? 'shadow' : `${Number((share * 100).toFixed(1))} %`;

/** atStep('v4', step) // => 'v4 at 10 %', or 'v4 as a shadow' */
export const atStep = (version: string, step: Pick<Step, 'share'>): string =>
  step.share === 'shadow' ? `${version} as a shadow` : `${version} at ${stepName(step)}`;
