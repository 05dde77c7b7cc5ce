import { framesOf, messageOf, UserError, type ErrorCode } from '../core/errors.ts';
import { withHeartbeats } from './heartbeats.ts';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';

/** What time or another attempt may mend; everything else that has a code needs a person. */
const mendable: readonly ErrorCode[] = [
  'SOURCE_UNREACHABLE',
  'DATABASE_UNREACHABLE',
  'TEMPORAL_UNREACHABLE',
  'OBJECT_STORE_UNREACHABLE',
];

type Activity = (...input: never[]) => Promise<unknown>;

/**
 * Gives every activity the same manners: it heartbeats until it ends, an error only a person can mend is never retried,
 * and its code is its type.
 */
export function withFailures<T extends Record<string, Activity>>(activities: T): T {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...input: never[]) => {
      try {
        return await withHeartbeats(() => activity(...input));
      } catch (error) {
        throw failureOf(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

/**
 * What a history keeps of an error: its words and where it happened. Not its cause, whose message may quote a row, nor
 * anything else that a driver hangs on its errors.
 */
function failureOf(error: unknown): unknown {
  // A failure that an activity made itself, and what the SDK takes for a cancellation.
  if (error instanceof TemporalFailure || (error instanceof Error && error.name === 'AbortError')) return error;
  const type = error instanceof UserError ? error.code : error instanceof Error ? error.name : 'Error';
  const nonRetryable = error instanceof UserError && !mendable.includes(error.code);
  const message = messageOf(error);
  const failure = ApplicationFailure.create({ message, type, nonRetryable });
  failure.stack = `${type}: ${message}\n${framesOf(error)}`;
  return failure;
}
