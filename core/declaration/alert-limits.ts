import { share, strict } from '../base/schema.ts';
import type { Pipeline } from './pipeline.ts';
import * as z from 'zod';

/** From which numbers on people are told. */
export const alertLimitsSchema = strict({
  /** Milliseconds in which 95 % of the requests for predictions are answered. */
  p95Ms: z.number().positive().default(200),
  /** The share of requests for predictions that the server fails to answer. */
  errors: share.default(0.05),
  /** The share of requests for predictions that the server refuses, since their rows are not as declared; 0.2 unless declared. */
  refused: share.optional(),
  /** Scheduled trainings without a successor of the champion. */
  staleTrainings: z.int().min(1).default(3),
});
export type AlertLimits = z.infer<typeof alertLimitsSchema>;

const USUAL_REFUSED = 0.2;
export const refusedLimitOf = ({ refused = USUAL_REFUSED }: AlertLimits): number => refused;

const usual = alertLimitsSchema.parse({});
export const alertLimitsOf = ({ alerts }: Pick<Pipeline, 'alerts'>): AlertLimits => alerts ?? usual;
