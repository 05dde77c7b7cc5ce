import { labelKinds } from '../data/labels/label-kinds.ts';
import { share, strict } from '../base/schema.ts';
import { monotonic, named, type Recipe } from './recipe.ts';
import * as z from 'zod';

export const boostedCandidate = strict({
  kind: z.literal('boosted'),
  ...named,
  /** At most so many trees; training stops when the selection split gets no better. */
  trees: z.int().min(1).max(10_000).default(1000),
  learningRate: z.number().positive().max(1).default(0.1),
  leaves: z.int().min(2).max(4096).default(31),
  depth: z.int().min(1).max(100).default(100),
  /** The least rows of a leaf. */
  minRows: z.int().min(1).default(20),
  l2: z.number().nonnegative().default(0),
  /** The shares of rows and of columns that each tree learns from. */
  rows: share.refine((rows) => rows > 0, 'write a share above 0').default(1),
  columns: share.refine((columns) => columns > 0, 'write a share above 0').default(1),
  monotonic,
});

/** Gradient-boosted trees: each learns what the trees before it left. */
export const boosted: Recipe<z.infer<typeof boostedCandidate>> = {
  labels: labelKinds,
  planOf: ({ trees, learningRate, leaves, depth, minRows, l2, rows, columns, monotonic = {} }) => ({
    kind: 'trees',
    boosted: true,
    symmetric: false,
    trees,
    rate: learningRate,
    leaves,
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
    leaves: { from: 4, to: 128, scale: 'log' },
    minRows: { from: 5, to: 200, scale: 'log' },
    l2: { from: 0.01, to: 30, scale: 'log' },
    rows: { from: 0.5, to: 1 },
    columns: { from: 0.4, to: 1 },
  },
};
