import { labelKinds } from '../data/labels/label-kinds.ts';
import { strict } from '../base/schema.ts';
import { named, type Recipe } from './recipe.ts';
import * as z from 'zod';

export const baselineCandidate = strict({ kind: z.literal('baseline'), ...named });

/** What is known without any column: the share of positives or of each class, or the mean. Every training tries it. */
export const baseline: Recipe<z.infer<typeof baselineCandidate>> = {
  labels: labelKinds,
  planOf: () => ({ kind: 'constant' }),
  space: null,
};
