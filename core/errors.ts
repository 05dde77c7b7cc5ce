/** Every failure a person can mend has a code; docs/errors.md has a section for each, and a test compares the two lists. */
export const errorCodes = [
  'PIPELINE_INVALID',
  'PIPELINE_UNKNOWN',
  'CONFIG_INVALID',
  'SECRET_MISSING',
  'SOURCE_UNREACHABLE',
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
  'LABEL_ONE_CLASS',
  'TOO_FEW_ROWS',
  'TRAINING_DIVERGED',
  'TRAINING_OUT_OF_MEMORY',
  'MODEL_INVALID',
  'MODEL_UNKNOWN',
  'NO_CHAMPION',
  'TRAFFIC_SUPERSEDED',
  'NOTHING_TO_ROLL_BACK_TO',
  'VERDICT_UNKNOWN',
  'CYCLE_UNKNOWN',
  'TRAINING_RUN_UNKNOWN',
  'DATABASE_UNREACHABLE',
  'TEMPORAL_UNREACHABLE',
  'TEMPORAL_NOT_FOUND',
  'NO_WORKER',
  'RUN_FAILED',
  'NO_FREE_PORT',
  'ALREADY_RUNNING',
  'NOT_RUNNING',
  'POSTGRES_FAILED',
  'REQUEST_INVALID',
  'KEYS_REQUIRED',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** A failure that says what happened, where, and what to do; shown to people without a stack. */
export class UserError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.code = code;
  }
}

/** The text of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
