import { adviceOn } from '../core/automations/declared.ts';
import { UserError } from '../core/base/errors/errors.ts';
import { labelChangeProblem } from '../core/declaration/problems/label-changes.ts';
import { parsePipeline, type Pipeline, type PipelineRef } from '../core/declaration/pipeline.ts';
import type { Pipelines, StoredLabel } from '../core/declaration/pipelines.ts';
import type { Schedules } from '../core/runs/schedules.ts';
import type { RetrainingLoop } from '../core/training/retraining/retraining-loop.ts';
import { readAlike } from '../core/sources/partitions.ts';
import { readable } from './declarations.ts';
import { acts } from './door.ts';

export interface ApplyPorts {
  pipelines: Pick<Pipelines, 'apply' | 'list' | 'declaration' | 'storedLabel'>;
  schedules: Pick<Schedules, 'put'>;
  loop: Pick<RetrainingLoop, 'ensure'>;
}

export interface Applied {
  ref: PipelineRef;
  changed: boolean;
  /** It reads its source otherwise than before: a training needs new data first. */
  readsAnew?: true;
  /** What the declaration says that may not be meant. */
  advice?: string[];
}

/** Stores a declaration as a revision, updates its schedules, and makes sure its retraining loop runs. */
export const createApply = ({ pipelines, schedules, loop }: ApplyPorts) => {
  /** What cannot be read is applied again. */
  const labelOf = async (ref: PipelineRef): Promise<StoredLabel> =>
    (await readable(pipelines, ref))?.label ?? pipelines.storedLabel(ref);
  return acts(({ actor }) => async (declared: { input: unknown; file: string }[]): Promise<Applied[]> => {
    // Reads all before storing the first: a mistake in one file changes nothing.
    const parsed: Pipeline[] = declared.map(({ input, file }) => parsePipeline(input, file));
    const twice = parsed.find(({ name }, i) => parsed.findIndex((other) => other.name === name) !== i);
    if (twice)
      throw new UserError(
        'PIPELINE_INVALID',
        `Two files declare a pipeline "${twice.name}": ${declared.map(({ file }) => file).join(', ')}. Rename one of them.`,
      );
    const known = await pipelines.list();
    for (const [i, pipeline] of parsed.entries()) {
      const ref = known.find(({ name }) => name === pipeline.name);
      const problem = ref && labelChangeProblem(await labelOf(ref), pipeline.label);
      if (problem) throw new UserError('PIPELINE_INVALID', `${declared[i]!.file} cannot be applied: ${problem}.`);
    }
    const applied: Applied[] = [];
    for (const pipeline of parsed) {
      const before = known.find(({ name }) => name === pipeline.name);
      const declaredBefore = before && (await readable(pipelines, before));
      const stored = await pipelines.apply(pipeline, actor.name, actor.from);
      await schedules.put(pipeline, stored.ref);
      await loop.ensure(pipeline.name);
      const advice = adviceOn(pipeline.automations);
      const readsAnew = declaredBefore != null && !readAlike(declaredBefore, pipeline);
      applied.push({ ...stored, ...(readsAnew && { readsAnew }), ...(advice.length > 0 && { advice }) });
    }
    return applied;
  });
};
