import { labelKinds } from '../data/labels/label-kinds.ts';
import { strict } from '../base/schema.ts';
import { batched, batchesOf, type Recipe } from './recipe.ts';
import * as z from 'zod';

const USUAL_EPOCHS = 10;
const LEAST_STEPS = 800;

export const tabmCandidate = strict({
  kind: z.literal('tabm'),
  ...batched,
  /** At most so many; small tables have more. */
  epochs: batched.epochs.unwrap().optional(),
  batchSize: batched.batchSize.unwrap().default(256),
  hidden: z.array(z.int().min(1).max(4096)).min(1).max(8).default([64, 32]),
  /** Networks that share most of their weights. */
  members: z.int().min(1).max(64).default(16),
  dropout: z.number().min(0).max(0.9).default(0.1),
});

/** Some networks that share most of their weights, of which the mean is taken; numbers come in pieces. */
export const tabm: Recipe<z.infer<typeof tabmCandidate>> = {
  labels: labelKinds,
  planOf: ({ hidden, members, dropout, epochs, ...rest }) => ({
    kind: 'network',
    hidden,
    dropout,
    l2: 0,
    decay: 0.01,
    schedule: 'cosine',
    patience: 6,
    style: 'pieces',
    members,
    ...batchesOf({ ...rest, epochs: epochs ?? USUAL_EPOCHS }),
    leastSteps: epochs === undefined ? LEAST_STEPS : 0,
  }),
  space: {
    batchSize: [128, 256, 512],
    learningRate: { from: 0.0005, to: 0.01, scale: 'log' },
    hidden: [[64], [64, 64], [128, 128], [64, 64, 64]],
    members: [8, 16, 32],
    dropout: { from: 0, to: 0.4 },
  },
};
