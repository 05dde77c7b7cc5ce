import { labelKinds } from '../data/labels/label-kinds.ts';
import { share, strict } from '../base/schema.ts';
import { DEEPEST } from '../trees/symmetric.ts';
import { monotonic, named, type Recipe } from './recipe.ts';
import * as z from 'zod';

export const symmetricCandidate = strict({
  kind: z.literal('symmetric'),
  ...named,
  /** At most so many trees; training stops when the selection split gets no better. */
  trees: z.int().min(1).max(10_000).default(1000),
  learningRate: z.number().positive().max(1).default(0.1),
  depth: z.int().min(1).max(DEEPEST).default(6),
  /** The least rows on each side of a split, over all leaves of its level. */
  minRows: z.int().min(1).default(20),
  l2: z.number().positive().default(3),
  /** The shares of rows and of columns that each tree learns from. */
  rows: share.refine((rows) => rows > 0, 'write a share above 0').default(1),
  columns: share.refine((columns) => columns > 0, 'write a share above 0').default(1),
  monotonic,
});

/** Gradient-boosted trees that split all leaves of a level alike: less to learn by chance than `boosted` trees have. */
export const symmetric: Recipe<z.infer<typeof symmetricCandidate>> = {
  labels: labelKinds,
  planOf: ({ trees, learningRate, depth, minRows, l2, rows, columns, monotonic = {} }) => ({
    kind: 'trees',
    boosted: true,
    symmetric: true,
    trees,
    rate: learningRate,
    leaves: 2 ** depth,
    depth,
    minRows,
    minHessian: 1e-3,
    l2,
    rowShare: rows,
    columnShare: columns,
    columnsPerSplit: () => 1,
    monotonic,
  }),
  space: {
    learningRate: { from: 0.02, to: 0.3, scale: 'log' },
    depth: [4, 5, 6, 7, 8],
    l2: { from: 0.3, to: 30, scale: 'log' },
    rows: { from: 0.5, to: 1 },
    columns: { from: 0.4, to: 1 },
  },
};
