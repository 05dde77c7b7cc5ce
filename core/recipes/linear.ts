import { strict } from '../base/schema.ts';
import { batched, linearPlanOf, type Recipe } from './recipe.ts';
import * as z from 'zod';

export const linearCandidate = strict({
  kind: z.literal('linear'),
  ...batched,
  l2: z.number().nonnegative().default(1e-5),
});

/** Linear regression: the estimate is the sum of the columns' contributions. */
export const linear: Recipe<z.infer<typeof linearCandidate>> = {
  labels: ['number'],
  planOf: linearPlanOf,
  space: { l2: { from: 1e-7, to: 1e-2, scale: 'log' } },
};
