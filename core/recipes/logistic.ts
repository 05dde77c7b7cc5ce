import { strict } from '../base/schema.ts';
import { batched, linearPlanOf, type Recipe } from './recipe.ts';
import * as z from 'zod';

export const logisticCandidate = strict({
  kind: z.literal('logistic'),
  ...batched,
  l2: z.number().nonnegative().default(1e-5),
});

/** Logistic regression: the log odds, of each class if there are several, are the sum of the columns' contributions. */
export const logistic: Recipe<z.infer<typeof logisticCandidate>> = {
  labels: ['binary', 'class'],
  planOf: linearPlanOf,
  space: { l2: { from: 1e-7, to: 1e-2, scale: 'log' } },
};
