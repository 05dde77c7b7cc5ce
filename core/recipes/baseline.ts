import { labelKinds } from '../data/labels/label-kinds.ts';
import { columnName, strict } from '../base/schema.ts';
import { named, type Recipe } from './recipe.ts';
import * as z from 'zod';

export const baselineCandidate = strict({
  kind: z.literal('baseline'),
  ...named,
  /** For a number: the column that holds the last value of the label that was known when the row came. */
  last: columnName.optional(),
});

/**
 * What is known without any column: the share of positives or of each class, or the mean. Every training tries it. Or
 * the last value, as a column holds it.
 */
export const baseline: Recipe<z.infer<typeof baselineCandidate>> = {
  labels: labelKinds,
  planOf: ({ last }) => (last === undefined ? { kind: 'constant' } : { kind: 'lastValue', column: last }),
  space: null,
};
