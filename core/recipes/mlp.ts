import { labelKinds } from '../data/labels/label-kinds.ts';
import { strict } from '../base/schema.ts';
import { batched, batchesOf, type Recipe } from './recipe.ts';
import * as z from 'zod';

export const mlpCandidate = strict({
  kind: z.literal('mlp'),
  ...batched,
  hidden: z.array(z.int().min(1).max(4096)).min(1).max(8).default([64, 32]),
  dropout: z.number().min(0).max(0.9).default(0.1),
});

/** A network with hidden layers, which learns how columns interact. */
export const mlp: Recipe<z.infer<typeof mlpCandidate>> = {
  labels: labelKinds,
  planOf: ({ hidden, dropout, ...rest }) => ({ kind: 'network', hidden, dropout, l2: 0, ...batchesOf(rest) }),
};
