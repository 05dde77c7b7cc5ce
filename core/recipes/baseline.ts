import { labelKinds } from '../data/labels/label-kinds.ts';
import { columnName, stretch, strict } from '../base/schema.ts';
import { milliseconds } from '../time/time.ts';
import { named, type Recipe } from './recipe.ts';
import * as z from 'zod';

export const baselineCandidate = strict({
  kind: z.literal('baseline'),
  ...named,
  /** For a number: the column that holds the last value of the label that was known when the row came. */
  last: columnName.optional(),
  /** For a number: the mean of the labels of the newest rows alone, of so long. */
  recent: stretch.optional(),
});

/**
 * What is known without any column: the share of positives or of each class, or the mean. Every training tries it. Or
 * the last value, as a column holds it or as it was when the model was trained.
 */
export const baseline: Recipe<z.infer<typeof baselineCandidate>> = {
  labels: labelKinds,
  planOf: ({ last, recent }) =>
    last === undefined
      ? { kind: 'constant', ...(recent !== undefined && { recentMs: milliseconds(recent) }) }
      : { kind: 'lastValue', column: last },
  space: null,
};
