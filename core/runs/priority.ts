import type { RetrainRequest } from '../training/retraining/retraining.ts';

/** Why work is done. */
export type Cause = RetrainRequest['reason'] | 'backfill';

/**
 * Waiting work is taken in this order, the lowest first: a model that no longer fits costs the most, the past can wait.
 */
const keys: Record<Cause, number> = { drift: 1, decay: 1, person: 2, schedule: 3, automation: 3, backfill: 5 };

/**
 * Temporal's priority of some work. Among equals the pipelines take turns, however much work one of them has.
 * priorityOf('drift', 'fraud') // => { priorityKey: 1, fairnessKey: 'fraud' }
 */
export const priorityOf = (cause: Cause, pipeline: string) => ({ priorityKey: keys[cause], fairnessKey: pipeline });
