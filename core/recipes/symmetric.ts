import { labelKinds } from '../data/labels/label-kinds.ts';
import { strict } from '../base/schema.ts';
import { DEEPEST } from '../trees/symmetric.ts';
import { boosting, planOfBoosting } from './boosting.ts';
import type { Recipe } from './recipe.ts';
import * as z from 'zod';

export const symmetricCandidate = strict({
  kind: z.literal('symmetric'),
  ...boosting,
  depth: z.int().min(1).max(DEEPEST).default(6),
  l2: z.number().positive().default(3),
});

/** Gradient-boosted trees that split all leaves of a level alike: less to learn by chance than `boosted` trees have. */
export const symmetric: Recipe<z.infer<typeof symmetricCandidate>> = {
  labels: labelKinds,
  planOf: ({ depth, l2, ...others }) => planOfBoosting(others, { symmetric: true, leaves: 2 ** depth, depth, l2 }),
  space: {
    learningRate: { from: 0.02, to: 0.3, scale: 'log' },
    depth: [4, 5, 6, 7, 8],
    l2: { from: 0.3, to: 30, scale: 'log' },
    rows: { from: 0.5, to: 1 },
    columns: { from: 0.4, to: 1 },
  },
};
