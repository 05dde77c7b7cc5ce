import { PAGE } from '../../crew/memory.ts';
import { type EngineShape } from '../../../../core/trees/plain-engine.ts';
import { histogramsFor } from '../../../../core/trees/engine.ts';
import { layoutOf } from '../../../../core/trees/histogram.ts';
import { SET_WORDS } from '../../../../core/trees/tree.ts';

/** Room for the slopes and numbers of a task, whatever the table. */
const TASK_NUMBERS = 64;
/** The most leaves that are searched together: the children of one. */
export const TOGETHER = 2;
/** The most tasks that are handed out together. */
export const MOST_TASKS = 4095;

/** Where everything lies in the memory that all threads share, in bytes. */
export interface Places {
  /** Of the first word of the table; each further word of all rows follows. */
  words: number;
  gradients: number;
  hessians: number;
  rows: number;
  /** Rows that go right, before they are moved behind the others. */
  right: number;
  pairs: number;
  histograms: number;
  /** What the tasks that are handed out are about: whole numbers, and numbers. */
  task: number;
  taskNumbers: number;
  /** How many rows of each block went left. */
  lefts: number;
  /** The columns of the tree, then those allowed in each leaf. */
  allowed: number;
  /** The best split of each column in each leaf. */
  splits: number;
  /** Where the levels of a column are sorted: a place for each word. */
  keys: number;
  /** How tasks are claimed: crew.ts. */
  claims: number;
  bytes: number;
}

/** Of a column's levels. */
export const KEY_BYTES = 256 * 8;
/** Gain, gradient, hessian and l2, then the set of bins. */
export const SPLIT_BYTES = 4 * 8 + SET_WORDS * 4;

export function placesOf({ columns, rows, classes, rules }: EngineShape): Places & { histogramCount: number } {
  const { length, bins } = layoutOf(columns);
  const histogramCount = histogramsFor(rules.leaves, length);
  let bytes = PAGE;
  const take = (size: number): number => {
    const at = bytes;
    bytes += Math.ceil(size / 64) * 64;
    return at;
  };
  return {
    words: take((bins.length / 4) * rows * 4),
    gradients: take(rows * classes * 4),
    hessians: take(rows * classes * 4),
    rows: take(rows * 4),
    right: take((rows + 1) * 4),
    pairs: take(rows * 8),
    histograms: take(histogramCount * length * 8),
    task: take(TASK_NUMBERS * 4),
    taskNumbers: take(TASK_NUMBERS * 8),
    lefts: take(MOST_TASKS * 4),
    allowed: take((1 + TOGETHER) * bins.length),
    splits: take(TOGETHER * bins.length * SPLIT_BYTES),
    keys: take((bins.length / 4) * KEY_BYTES),
    claims: take(64),
    bytes,
    histogramCount,
  };
}
