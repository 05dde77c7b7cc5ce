import { share, strict } from '../base/schema.ts';
import { metricNames } from '../metrics/index.ts';
import * as z from 'zod';

const COST_WORDS = 'write a cost, a number from 0 up';

/** What a challenger has to show before it may earn traffic. */
export const gatesSchema = strict({
  metric: z.enum(metricNames),
  /** How much better than the champion a challenger must be, in the metric's own unit. */
  margin: z.number().nonnegative(),
  /** The worst value of the metric that may serve, whatever the champion's is. */
  floor: z.number().optional(),
  /** With fewer positive labels in the holdout the gate abstains: it cannot tell. */
  minPositives: z.int().min(1).default(30),
  /** With fewer rows in the holdout the gate abstains. */
  minRows: z.int().min(1).default(50),
  /** With fewer independent entities (or days, where the source declares no entity) the gate abstains; 3 by default. */
  minBlocks: z.int().min(2).optional(),
  /** A scheduled challenger that is shown to be no worse takes over because it is fresher. */
  preferFresh: z.boolean().default(true),
  /**
   * Who serves when the holdout cannot tell whether a fresher challenger is worse by more than the margin: keep (the
   * default) keeps the champion.
   */
  whenUnclear: z.enum(['keep', 'fresher']).optional(),
  /** The version that no challenger may fall below by more than the margin; the first champion by default. */
  anchor: z.union([z.int().min(1), z.literal('none')], 'write a version, like 3, or "none"').optional(),
  /** false: the judged model serves. By default a version that passes is trained again on all its rows, and that serves. */
  refit: z.boolean().optional(),
  /** Refuses what falls much by another metric while the gate's holds. The reason names it in any case. */
  forbidTrades: z.boolean().optional(),
  /**
   * A challenger that is surely worse than the champion on a slice of the rows, by more than the margin: the reason
   * tells (the default), or the gate refuses; `refuseDeclared`: it refuses only for slices that are declared.
   */
  slices: z.enum(['tell', 'refuse', 'refuseDeclared']).optional(),
  /** What the threshold is to serve, on the calibration split; the best F1 by default. */
  threshold: z
    .union(
      [
        strict({ costs: strict({ falsePositive: z.number().positive(), falseNegative: z.number().positive() }) }),
        strict({ precision: share }),
        strict({ perDay: z.number().positive() }),
      ],
      'write { costs: { falsePositive, falseNegative } }, { precision } or { perDay }',
    )
    .optional(),
  /**
   * Of classes: what answering a row of one class with another costs, { CLASS: { ANSWER: cost } }, 1 where nothing is
   * said. The answer is the class that is expected to cost least; absent: the likeliest.
   */
  costs: z
    .record(
      z.string(),
      z.record(z.string(), z.number(COST_WORDS).nonnegative(COST_WORDS)),
      'write { CLASS: { ANSWER: cost } }',
    )
    .optional(),
  /** What a challenger may not exceed on the holdout. */
  limits: strict({
    microsecondsPerRow: z.number().positive().optional(),
    artifactBytes: z.int().min(1).optional(),
    /** How far scores may lie from the share of positives, on average. */
    calibrationError: share.optional(),
  }).optional(),
});
