import { labelKinds } from '../data/labels/label-kinds.ts';
import { share, strict } from '../base/schema.ts';
import { monotonic, named, type Recipe } from './recipe.ts';
import * as z from 'zod';

/** How many different rows a sample with replacement has, of as many as there are. */
const BAGGED = 0.632;

export const forestCandidate = strict({
  kind: z.literal('forest'),
  ...named,
  trees: z.int().min(1).max(10_000).default(200),
  leaves: z.int().min(2).max(4096).default(512),
  depth: z.int().min(1).max(100).default(100),
  /** The least rows of a leaf. */
  minRows: z.int().min(1).default(5),
  /** The share of rows that each tree learns from. */
  rows: share.refine((rows) => rows > 0, 'write a share above 0').default(BAGGED),
  /** The share of columns among which each split is found; by default their square root. */
  columns: share.refine((columns) => columns > 0, 'write a share above 0').optional(),
  monotonic,
});

/** The mean of deep trees, each grown from other rows, which splits among some of the columns. */
export const forest: Recipe<z.infer<typeof forestCandidate>> = {
  labels: labelKinds,
  planOf: ({ trees, leaves, depth, minRows, rows, columns, monotonic = {} }) => ({
    kind: 'trees',
    boosted: false,
    symmetric: false,
    trees,
    rate: 1 / trees,
    leaves,
    depth,
    minRows,
    minHessian: 0,
    l2: 1, // a leaf of few rows leans to the mean, so that none is certain
    rowShare: rows,
    columnShare: 1,
    columnsPerSplit: (count) => columns ?? Math.sqrt(count) / count,
    monotonic,
  }),
  space: {
    leaves: { from: 32, to: 2048, scale: 'log' },
    minRows: { from: 1, to: 50, scale: 'log' },
    rows: { from: 0.3, to: 1 },
    columns: { from: 0.15, to: 1 },
  },
};
