import { share, strict } from '../base/schema.ts';
import type { Pipeline } from './pipeline.ts';
import * as z from 'zod';

/** From which numbers on people are told. */
export const alertLimitsSchema = strict({
  /** Milliseconds in which 95 % of the requests for predictions are answered. */
  p95Ms: z.number().positive().default(200),
  /** The share of requests for predictions that the server fails to answer. */
  errors: share.default(0.05),
  /** Scheduled trainings without a successor of the champion. */
  staleTrainings: z.int().min(1).default(3),
});
export type AlertLimits = z.infer<typeof alertLimitsSchema>;

const usual = alertLimitsSchema.parse({});
export const alertLimitsOf = ({ alerts }: Pick<Pipeline, 'alerts'>): AlertLimits => alerts ?? usual;
