import { labelKinds } from '../../data/labels/label-kinds.ts';
import type { Pipeline } from '../pipeline.ts';
import type { StoredLabel } from '../pipelines.ts';

/**
 * Why a pipeline's label cannot change like this; null when it can. Facts of classes are stored by place, so what was
 * stored has to keep its meaning.
 */
export function labelChangeProblem(before: StoredLabel, after: Pipeline['label']): string | null {
  // A newer release may have stored it.
  if (!labelKinds.includes(before.kind))
    return 'label.kind was one that this release does not know: stored labels could change their meaning. Update this process, or declare a pipeline of another name';
  if (before.kind !== after.kind)
    return before.kind === 'class' || after.kind === 'class'
      ? `label.kind was ${before.kind} and cannot become ${after.kind}: stored labels would change their meaning. Declare a pipeline of another name`
      : null;
  const [known, now] = [before.classes ?? [], after.classes ?? []];
  const moved = known.find((name, place) => now[place] !== name);
  return moved === undefined
    ? null
    : `label.classes had "${moved}" in place ${known.indexOf(moved) + 1}, by which labels are stored: keep the classes that were there in their order, and add new ones at the end, or declare a pipeline of another name`;
}
