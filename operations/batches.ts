import type { Batch, BatchPart, BatchPrediction, Batches } from '../core/data/predictions/batches.ts';
import { UserError } from '../core/base/errors/errors.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { reads } from './door.ts';

const MOST_ROWS = 10_000;

export interface BatchPorts {
  pipelines: Pick<Pipelines, 'applied'>;
  batches: Pick<Batches, 'list' | 'get' | 'parts' | 'predictions'>;
}

/** Batches of predictions: what there is, and what is in them once they are published. */
export const createBatchOperations = ({ pipelines, batches }: BatchPorts) => ({
  /** Newest first, also those that are being scored. */
  list: reads(async (pipeline: string, limit = 20): Promise<Batch[]> => {
    await pipelines.applied(pipeline);
    return batches.list(pipeline, limit);
  }),

  get: reads(async (pipeline: string, id: string): Promise<Batch & { parts: BatchPart[] }> => {
    await pipelines.applied(pipeline);
    const batch = await batches.get(pipeline, id);
    return { ...batch, parts: await batches.parts(id) };
  }),

  /** Some predictions in the order of their keys; the last key is `after` of the next page. */
  rows: reads(async (pipeline: string, id: string, page: Page = {}): Promise<BatchPrediction[]> => {
    const { after = null, limit = 100 } = page;
    const { status } = await batches.get(pipeline, id);
    if (status !== 'published')
      throw new UserError(
        'REQUEST_INVALID',
        `Batch ${id} of ${pipeline} is still being scored. Read it when it is complete; to follow it: ` +
          `perennial runs ${pipeline}`,
      );
    return batches.predictions(id, { after, limit: Math.min(limit, MOST_ROWS) });
  }),
});

interface Page {
  after?: string | null;
  limit?: number;
}
