import { columnName, share, strict, stretch } from '../base/schema.ts';
import { ratePattern } from '../drift/alarm/rate.ts';
import { declaredThresholds, thresholdsByColumn } from '../drift/distances/index.ts';
import { usualShares } from '../drift/judging.ts';
import { referenceSchema } from '../drift/reference/kinds/index.ts';
import * as z from 'zod';

const RATE_WORDS =
  'write how many false alarms are acceptable, 1 to 99 a year, month or week, like "1 a year" or "4 a month", or "off"';
const falseAlarms = z.string().refine((text) => text === 'off' || ratePattern.test(text), RATE_WORDS);

export const driftSchema = strict({
  /** Which rows are checked: those in the application's requests, or the newest rows of the source. */
  of: z.enum(['requests', 'data']).default('requests'),
  /**
   * Whether the window is compared with rows of the same hours of the day, and of as many weekends. By default, where
   * the reference shows that they differ.
   */
  sameHours: z.boolean().optional(),
  /** Which rows the window is compared with; by default those that the champion was judged on. */
  reference: referenceSchema.optional(),
  window: stretch.default('24 hours'),
  minRows: z.int().min(1).default(500),
  ...declaredThresholds,
  /** By column, the distances that count for it instead, with their thresholds. */
  columns: thresholdsByColumn.optional(),
  /**
   * How often the data set's alarm may be false, like "1 a year": it is raised by what is unusual for this pipeline,
   * and the thresholds only tell how severe that is. off: the share of drifted columns decides alone. Absent: once a
   * year, unless `warn`, `severe` or a threshold of all columns is another than by default, or another reference than the
   * champion's holdout is declared; then the share decides.
   */
  falseAlarms: falseAlarms.optional(),
  /** The (weighted) share of drifted columns at which the data set drifts; an alarm does not read it. */
  warn: share.default(usualShares.warn),
  severe: share.default(usualShares.severe),
  weights: z.record(columnName, z.number().nonnegative()).default({}),
})
  .refine(({ warn, severe }) => warn <= severe, {
    path: ['warn'],
    error: ({ input }) => `warn must not be above severe, which is ${(input as { severe: number }).severe}`,
  })
  .prefault({});

/**
 * Drift as it is stored. Earlier releases stored `false` for a sameHours that was not declared; kept that way,
 * declarations keep their revisions.
 */
export const driftToStore = (drift: z.infer<typeof driftSchema>): object => ({
  ...drift,
  sameHours: drift.sameHours === false ? NEVER : (drift.sameHours ?? false),
});
const NEVER = 'never';

/** What was stored so, as it was declared. */
export function storedAsDeclared(stored: unknown): unknown {
  const { drift } = (stored ?? {}) as { drift?: { sameHours?: unknown } };
  if (drift?.sameHours !== false && drift?.sameHours !== NEVER) return stored;
  const { sameHours, ...others } = drift;
  return { ...(stored as object), drift: { ...others, ...(sameHours === NEVER && { sameHours: false }) } };
}
