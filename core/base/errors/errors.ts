import { describeForeign } from './foreign-errors.ts';
import { shown, withoutCredentials } from './shown.ts';

/** Every failure that a person can fix has a code and a section in docs/errors.md; a test compares the two lists. */
export const errorCodes = [
  'PIPELINE_INVALID',
  'PIPELINE_UNKNOWN',
  'CONFIG_INVALID',
  'SECRET_MISSING',
  'ADDRESS_REFUSED',
  'SOURCE_UNREACHABLE',
  'SOURCE_FORBIDDEN',
  'SOURCE_PATH_MISSING',
  'SOURCE_ANSWER_INVALID',
  'SOURCE_FILE_MISSING',
  'SOURCE_FILE_REFUSED',
  'SOURCE_TABLE_MISSING',
  'SOURCE_COLUMN_MISSING',
  'SOURCE_COLUMN_TYPE',
  'SOURCE_VALUE_INVALID',
  'WINDOW_EMPTY',
  'TOO_MANY_PARTITIONS',
  'SNAPSHOT_QUARANTINED',
  'SNAPSHOT_MISSING',
  'OBJECT_MISSING',
  'OBJECT_CORRUPT',
  'PART_LOST',
  'OBJECT_STORE_UNREACHABLE',
  'OBJECT_STORE_REFUSED',
  'LABEL_ONE_CLASS',
  'LABEL_CLASS_MISSING',
  'LABEL_CONSTANT',
  'LABEL_TOO_LARGE',
  'TOO_FEW_ROWS',
  'TRAINING_SET_LEAKS',
  'MEMORY_TOO_SMALL',
  'TRAINING_DIVERGED',
  'TRAINING_OUT_OF_MEMORY',
  'RECIPE_MISSING',
  'RECIPE_INVALID',
  'MODEL_INVALID',
  'MODEL_FILE_INVALID',
  'MODEL_UNKNOWN',
  'NO_CHAMPION',
  'LOG_FULL',
  'TRAFFIC_SUPERSEDED',
  'NOTHING_TO_ROLL_BACK_TO',
  'NOTHING_TO_APPROVE',
  'NOTHING_TO_ORDER',
  'ROLLOUT_UNKNOWN',
  'EXPERIMENT_UNKNOWN',
  'VERDICT_UNKNOWN',
  'BATCH_UNKNOWN',
  'ALERT_UNKNOWN',
  'CYCLE_UNKNOWN',
  'TRAINING_RUN_UNKNOWN',
  'DATABASE_UNREACHABLE',
  'TEMPORAL_UNREACHABLE',
  'UNREACHABLE',
  'TEMPORAL_NOT_FOUND',
  'TOOL_NOT_FOUND',
  'NO_WORKER',
  'WORKER_LOST',
  'RUN_FAILED',
  'RUN_UNKNOWN',
  'NO_FREE_PORT',
  'ALREADY_RUNNING',
  'NOT_RUNNING',
  'SERVER_UNREACHABLE',
  'POSTGRES_FAILED',
  'REQUEST_INVALID',
  'KEYS_REQUIRED',
  'KEY_UNKNOWN',
  'SIGN_IN_FAILED',
  'NOT_PERMITTED',
  'TOO_MANY_REQUESTS',
  'SERVER_BUSY',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** Failures that can pass with time: a step that fails with one of these is retried for days. */
export const unreachableCodes = [
  'SOURCE_UNREACHABLE',
  'DATABASE_UNREACHABLE',
  'TEMPORAL_UNREACHABLE',
  'OBJECT_STORE_UNREACHABLE',
  'UNREACHABLE',
] as const satisfies readonly ErrorCode[];

export const isUnreachable = (code: string | null | undefined): boolean =>
  (unreachableCodes as readonly (string | null | undefined)[]).includes(code);

const BRAND = Symbol.for('perennial.UserError');

/**
 * A failure that says what happened, where, and what to do; shown to people without a stack, and never with a secret.
 */
export class UserError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(shown(message), options);
    this.name = 'UserError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Also of another copy of this module: declarations are loaded beside the program, with a core of their own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== UserError) return Function.prototype[Symbol.hasInstance].call(this, value) as boolean;
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** The text to show for anything thrown: without values of rows, without secrets, and of bounded length. */
export const messageOf = (error: unknown): string =>
  error instanceof UserError ? error.message : shown(withoutCredentials(describeForeign(error)));

/** Where it happened: the frames of an error's stack, without the message above them. */
export const framesOf = (error: unknown): string =>
  error instanceof Error
    ? (error.stack ?? '')
        .split('\n')
        .filter((line) => /^ {4}at /.test(line))
        .slice(0, 30)
        .join('\n')
    : '';
