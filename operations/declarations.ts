import { UserError } from '../core/base/errors/errors.ts';
import type { Pipeline, PipelineRef } from '../core/declaration/pipeline.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';

/**
 * A stored declaration; null where this release cannot read it, as after going back to an earlier one. What is shown of its
 * pipeline must not fail for that.
 */
export async function readable(pipelines: Pick<Pipelines, 'declaration'>, ref: PipelineRef): Promise<Pipeline | null> {
  try {
    return await pipelines.declaration(ref);
  } catch (error) {
    if (error instanceof UserError && error.code === 'PIPELINE_INVALID') return null;
    throw error;
  }
}

/** The same of the applied one. Throws PIPELINE_UNKNOWN. */
export const readableToday = async (
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>,
  name: string,
): Promise<Pipeline | null> => readable(pipelines, await pipelines.applied(name));
