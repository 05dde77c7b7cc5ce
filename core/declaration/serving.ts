import { strict, stretch } from '../base/schema.ts';
import type { Pipeline } from './pipeline.ts';
import { valuesSchema } from './values.ts';
import * as z from 'zod';

export const servingSchema = strict({
  log: strict({
    /** The share of predictions that are logged, by chance. All are answered. */
    sample: z.number().gt(0, 'write a share above 0, up to 1').max(1, 'write a share above 0, up to 1').default(1),
    /**
     * While the log cannot be written and the server's spool fills up. sample: keep answering, and keep fewer and
     * fewer. shed: refuse requests whose predictions could not be kept.
     */
    whenFull: z.enum(['sample', 'shed']).default('sample'),
  }).prefault({}),
  /** When a version that does not answer rests, while the one before it answers for it. */
  breaker: strict({
    /** How long, in milliseconds, scoring a row may take; longer counts as a failure. */
    latencyBudgetMs: z.number().positive().default(50),
    /** It rests after so many failures in a row. */
    failures: z.int().min(1).default(5),
    /** For how long; then one row tries it. */
    rest: stretch.default('1 minute'),
  }).prefault({}),
  /** Absent: as by default, so that declarations of earlier releases keep their revisions. */
  values: valuesSchema.optional(),
});

type ServingPolicy = z.infer<typeof servingSchema>;
export type LogPolicy = ServingPolicy['log'];
export type BreakerPolicy = ServingPolicy['breaker'];

const usual = servingSchema.parse({});
export const logPolicyOf = ({ serving }: Pick<Pipeline, 'serving'>): LogPolicy => serving?.log ?? usual.log;
export const breakerPolicyOf = ({ serving }: Pick<Pipeline, 'serving'>): BreakerPolicy =>
  serving?.breaker ?? usual.breaker;

/** Whether a prediction is in a share of all; its id, which ends with chance, decides. */
export const isInSample = (id: string, share: number): boolean =>
  share >= 1 || Number.parseInt(id.slice(-8), 16) / 2 ** 32 < share;
