import { strict } from '../base/schema.ts';
import type { Pipeline } from './pipeline.ts';
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
});

export type LogPolicy = z.infer<typeof servingSchema>['log'];

const usual = servingSchema.parse({}).log;
export const logPolicyOf = ({ serving }: Pick<Pipeline, 'serving'>): LogPolicy => serving?.log ?? usual;

/** Whether a prediction is in a share of all; its id, which ends with chance, decides. */
export const isInSample = (id: string, share: number): boolean =>
  share >= 1 || Number.parseInt(id.slice(-8), 16) / 2 ** 32 < share;
