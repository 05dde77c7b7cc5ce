import { framesOf, isUnreachable, messageOf, UserError } from '../../core/base/errors.ts';
import { WEEK } from '../../core/time/time.ts';
import { meansContention, meansUnreachable } from '../../core/base/unreachable.ts';
import { withHeartbeats } from './heartbeats.ts';
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';

type Activity = (...input: never[]) => Promise<unknown>;

/**
 * How often a step that has an end may fail in a way that nobody foresaw, which is most likely a mistake of ours. A step
 * without one is tried until a release corrects the mistake: there is nobody else to do its work.
 */
const MOST_SURPRISES = 10;
/** A step's end that lies further ahead is none: some servers say nought of a step without one, others some years. */
const LATEST_END = 52 * WEEK;

/**
 * Gives every activity the same manners: it heartbeats until it ends; what is unreachable is tried again, for as long as the
 * workflow allows; what only a person can change is never retried; and a failure's type is its code.
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
 * What a history keeps of an error: its words and where it happened. Not its cause, whose message may quote a row, nor
 * anything else that a driver hangs on its errors.
 */
function failureOf(error: unknown, isLast: () => boolean): unknown {
  // A failure that an activity made itself, and what the SDK takes for a cancellation.
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
  if (meansUnreachable(error) || meansContention(error)) return 'UNREACHABLE';
  return error instanceof Error ? error.name : 'Error';
}

/** The surprises of each step that this process still tries. Not its attempts: an outage may have taken hundreds. */
const surprises = new Map<string, number>();
/** A step that goes on elsewhere leaves its number behind; the oldest go first. */
const MOST_STEPS = 10_000;

function isLastSurprise(step: string): boolean {
  const times = (surprises.get(step) ?? 0) + 1;
  surprises.delete(step);
  if (times === MOST_SURPRISES) return true;
  surprises.set(step, times);
  for (const oldest of surprises.keys()) if (surprises.size > MOST_STEPS) surprises.delete(oldest);
  return false;
}
