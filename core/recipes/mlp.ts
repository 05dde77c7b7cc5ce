import { labelKinds } from '../data/labels/label-kinds.ts';
import { strict } from '../base/schema.ts';
import { batched, batchesOf, type Recipe } from './recipe.ts';
import * as z from 'zod';

/** What a declaration without epochs has been stored with since the first release: as many as the rows need. */
const ANY_EPOCHS = 8;
const USUAL_EPOCHS = 16;
const LEAST_STEPS = 800;

export const mlpCandidate = strict({
  kind: z.literal('mlp'),
  ...batched,
  hidden: z.array(z.int().min(1).max(4096)).min(1).max(8).default([64, 32]),
  dropout: z.number().min(0).max(0.9).default(0.1),
});

/** A network with hidden layers, which learns how columns interact; prepared as RealMLP is (https://arxiv.org/abs/2407.04491). */
export const mlp: Recipe<z.infer<typeof mlpCandidate>> = {
  labels: labelKinds,
  planOf: ({ hidden, dropout, ...rest }) => ({
    kind: 'network',
    hidden,
    dropout,
    l2: 0,
    decay: 0.02,
    schedule: 'cosine',
    patience: 6,
    style: 'robust',
    members: 0,
    ...batchesOf(rest),
    ...(rest.epochs === ANY_EPOCHS ? { epochs: USUAL_EPOCHS, leastSteps: LEAST_STEPS } : { leastSteps: 0 }),
  }),
  space: {
    batchSize: [128, 256, 512, 1024],
    learningRate: { from: 0.0005, to: 0.02, scale: 'log' },
    hidden: [[32], [64], [64, 32], [128, 64], [256, 128]],
    dropout: { from: 0, to: 0.4 },
  },
};
