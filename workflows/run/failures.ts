import { isUnreachable } from '../../core/base/errors/errors.ts';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow';

/** What failed, beneath the layers that carried it here. */
function root(error: unknown): unknown {
  const layer =
    error instanceof ActivityFailure || error instanceof ChildWorkflowFailure || error instanceof TimeoutFailure;
  return layer && error.cause ? root(error.cause) : error;
}

export const rootMessage = (error: unknown): string => {
  const cause = root(error);
  return cause instanceof Error ? cause.message : String(cause);
};
export const rootType = (error: unknown): string | null => {
  const cause = root(error);
  return cause instanceof ApplicationFailure ? (cause.type ?? null) : null;
};

/** How somebody ended the run that this one waited for; null: nobody did. */
export function endedFromOutside(error: unknown): 'cancelled' | 'terminated' | null {
  const cause = root(error);
  if (cause instanceof TerminatedFailure) return 'terminated';
  return cause instanceof CancelledFailure ? 'cancelled' : null;
}

/**
 * Whether time may help against what ended the run: something was unreachable, or nobody took a step in time. One that
 * loses its worker each time is no timeout: it fails by itself (activities/steps/heartbeats.ts).
 */
const mayPass = (error: unknown): boolean =>
  isUnreachable(rootType(error)) || (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure);

/** What came of a run that such a failure ended. */
export const failed = (error: unknown): { result: 'failed'; mayPass?: true; reason: string } => ({
  result: 'failed',
  ...(mayPass(error) && { mayPass: true }),
  reason: rootMessage(error),
});
