import type { Experiment, ExperimentOutcome } from '../../experiments/experiments.ts';
import type { Instant } from '../../time/time.ts';
import { about } from '../occurrence.ts';

type Told = Pick<Experiment, 'id' | 'pipeline'>;

/** Its numbers should have come long ago. */
export function numberlessExperimentAlert({ id, pipeline }: Told, { reason, at }: { reason: string; at: Instant }) {
  return about('experiment-undecided', pipeline, {
    occasion: `experiment/${id}/held`,
    severity: 'warning',
    summary: `${pipeline}: experiment ${id} has nothing to decide by`,
    detail:
      `${reason}\nIt continues by itself when they come. See: perennial experiments status ${pipeline}. ` +
      `To end it: perennial experiments stop ${pipeline}`,
    at,
  });
}

/** It ended, and a person has to decide what it did not. */
export function undecidedExperimentAlert(
  { id, pipeline }: Told,
  { result, reason, endedAt }: Pick<ExperimentOutcome, 'result' | 'reason' | 'endedAt'>,
) {
  return about('experiment-undecided', pipeline, {
    occasion: `experiment/${id}/ended`,
    severity: 'warning',
    summary: `${pipeline}: experiment ${id} ended without a decision: ${result}`,
    detail:
      `${reason}\nThe champion has all traffic. See the numbers: perennial experiments status ${pipeline}. ` +
      `Start another with perennial experiments start, or decide yourself: perennial rollouts start ${pipeline} VERSION. To leave it at that: perennial alerts resolve ID`,
    at: endedAt,
  });
}
