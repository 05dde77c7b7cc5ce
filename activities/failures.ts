import { UserError, type ErrorCode } from '../core/errors.ts';
import { withHeartbeats } from './heartbeats.ts';
import { ApplicationFailure } from '@temporalio/activity';

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
        if (!(error instanceof UserError)) throw error;
        const failure = { message: error.message, type: error.code, cause: error };
        throw ApplicationFailure.create({ ...failure, nonRetryable: !mendable.includes(error.code) });
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
