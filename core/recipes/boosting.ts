import { share } from '../base/schema.ts';
import { monotonic, named, type Monotonic, type TreesPlan } from './recipe.ts';
import * as z from 'zod';

/** What every recipe of boosted trees declares. */
export const boosting = {
  ...named,
  /** At most so many trees; training stops when the selection split gets no better. */
  trees: z.int().min(1).max(10_000).default(1000),
  learningRate: z.number().positive().max(1).default(0.1),
  /** The least rows of a leaf; where all leaves of a level are split alike, on each side over the whole level. */
  minRows: z.int().min(1).default(20),
  /** The shares of rows and of columns that each tree learns from. */
  rows: share.refine((rows) => rows > 0, 'write a share above 0').default(1),
  columns: share.refine((columns) => columns > 0, 'write a share above 0').default(1),
  monotonic,
};

interface Boosting {
  trees: number;
  learningRate: number;
  minRows: number;
  rows: number;
  columns: number;
  monotonic?: Monotonic | undefined;
}

export const planOfBoosting = (
  { trees, learningRate, minRows, rows, columns, monotonic: bound = {} }: Boosting,
  shape: Pick<TreesPlan, 'symmetric' | 'leaves' | 'depth' | 'l2'>,
): TreesPlan => ({
  kind: 'trees',
  boosted: true,
  ...shape,
  trees,
  rate: learningRate,
  minRows,
  minHessian: 1e-3,
  rowShare: rows,
  columnShare: columns,
  columnsPerSplit: () => 1,
  monotonic: bound,
});
