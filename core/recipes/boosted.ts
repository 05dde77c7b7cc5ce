import { labelKinds } from '../data/labels/label-kinds.ts';
import { strict } from '../base/schema.ts';
import { boosting, planOfBoosting } from './boosting.ts';
import type { Recipe } from './recipe.ts';
import * as z from 'zod';

export const boostedCandidate = strict({
  kind: z.literal('boosted'),
  ...boosting,
  leaves: z.int().min(2).max(4096).default(31),
  depth: z.int().min(1).max(100).default(100),
  l2: z.number().nonnegative().default(0),
});

/** Gradient-boosted trees: each learns what the trees before it left. */
export const boosted: Recipe<z.infer<typeof boostedCandidate>> = {
  labels: labelKinds,
  planOf: ({ leaves, depth, l2, ...others }) => planOfBoosting(others, { symmetric: false, leaves, depth, l2 }),
  space: {
    learningRate: { from: 0.02, to: 0.3, scale: 'log' },
    leaves: { from: 4, to: 128, scale: 'log' },
    minRows: { from: 5, to: 200, scale: 'log' },
    l2: { from: 0.01, to: 30, scale: 'log' },
    rows: { from: 0.5, to: 1 },
    columns: { from: 0.4, to: 1 },
  },
};
