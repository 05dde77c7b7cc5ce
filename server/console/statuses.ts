import { type ErrorCode } from '../../core/base/errors/errors.ts';

const notThere: readonly ErrorCode[] = [
  'PIPELINE_UNKNOWN',
  'MODEL_UNKNOWN',
  'VERDICT_UNKNOWN',
  'SNAPSHOT_MISSING',
  'OBJECT_MISSING',
  'RUN_UNKNOWN',
  'ALERT_UNKNOWN',
  'KEY_UNKNOWN',
  'ROLLOUT_UNKNOWN',
  'EXPERIMENT_UNKNOWN',
];
const away: readonly ErrorCode[] = [
  'DATABASE_UNREACHABLE',
  'TEMPORAL_UNREACHABLE',
  'TEMPORAL_NOT_FOUND',
  'NO_WORKER',
  'UNREACHABLE',
];
const tooLate: readonly ErrorCode[] = [
  'TRAFFIC_SUPERSEDED',
  'NOTHING_TO_ROLL_BACK_TO',
  'NOTHING_TO_APPROVE',
  'NOTHING_TO_ORDER',
];

export const isNotThere = (code: ErrorCode): boolean => notThere.includes(code);

/** The HTTP status of a failure that a person can fix. */
export function statusOf(code: ErrorCode): number {
  if (code === 'KEYS_REQUIRED') return 401;
  if (code === 'NOT_PERMITTED') return 403;
  if (code === 'TOO_MANY_REQUESTS') return 429;
  if (isNotThere(code)) return 404;
  if (tooLate.includes(code)) return 409;
  return away.includes(code) ? 503 : 400;
}
