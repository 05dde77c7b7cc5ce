import { framesOf, isUnreachable, messageOf, UserError } from '../../core/base/errors/errors.ts';
import { WEEK } from '../../core/time/time.ts';
import { mayPass } from '../../core/base/errors/unreachable.ts';
import { withHeartbeats } from './heartbeats.ts';
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';

type Activity = (...input: never[]) => Promise<unknown>;

/**
 * How often a step with an end may fail unexpectedly, most likely by a bug of ours. A step without one is retried until
 * a release fixes the bug: nothing else does its work.
 */
const MOST_SURPRISES = 10;
/** An end further ahead than this counts as none: for a step without one some servers report 0, others some years. */
const LATEST_END = 52 * WEEK;

/**
 * The same rules for every activity: it heartbeats until it ends; Temporal retries it while something is unreachable,
 * for as long as the workflow allows; it never retries what only a person can fix; and a failure's type is its code.
 */
export function withFailures<T extends Record<string, Activity>>(activities: T): T {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...input: never[]) => {
      const { workflowExecution, activityId, scheduleToCloseTimeoutMs } = activityInfo();
      const step = `${workflowExecution?.runId}/${activityId}`;
      try {
        const result = await withHeartbeats(() => activity(...input));
        surprises.delete(step);
        return result;
      } catch (error) {
        const hasEnd = scheduleToCloseTimeoutMs > 0 && scheduleToCloseTimeoutMs <= LATEST_END;
        throw failureOf(error, () => hasEnd && isLastSurprise(step));
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

/**
 * What a history keeps of an error: its message and where it happened. Not its cause, whose message can quote a row,
 * nor anything else that a driver attaches to its errors.
 */
function failureOf(error: unknown, isLast: () => boolean): unknown {
  // A failure that an activity made itself, and the SDK's cancellations.
  if (error instanceof TemporalFailure || (error instanceof Error && error.name === 'AbortError')) return error;
  const type = typeOf(error);
  const nonRetryable = !isUnreachable(type) && (error instanceof UserError || isLast());
  const message = messageOf(error);
  const failure = ApplicationFailure.create({ message, type, nonRetryable });
  failure.stack = `${type}: ${message}\n${framesOf(error)}`;
  return failure;
}

function typeOf(error: unknown): string {
  if (error instanceof UserError) return error.code;
  if (mayPass(error)) return 'UNREACHABLE';
  return error instanceof Error ? error.name : 'Error';
}

/** The unexpected errors of each step that this process still tries. Not its attempts: an outage can take hundreds. */
const surprises = new Map<string, number>();
/** A step that continues elsewhere leaves its count behind; the oldest are dropped first. */
const MOST_STEPS = 10_000;

function isLastSurprise(step: string): boolean {
  const times = (surprises.get(step) ?? 0) + 1;
  surprises.delete(step);
  if (times === MOST_SURPRISES) return true;
  surprises.set(step, times);
  for (const oldest of surprises.keys()) if (surprises.size > MOST_STEPS) surprises.delete(oldest);
  return false;
}
