import type { LabelKind } from '../data/labels/label-kinds.ts';
import type { EncodingStyle } from '../model/artifact.ts';
import { columnName } from '../base/schema.ts';
import type { Space } from './space.ts';
import * as z from 'zod';

/** One kind of candidate: a file of this folder, and a line in its index. */
export interface Recipe<Candidate> {
  /** The kinds of labels it learns. */
  labels: readonly LabelKind[];
  /**
   * What training builds; each kind of plan has its trainer in workers/training/, and its kind of model in core/model/.
   */
  planOf(candidate: Candidate): Plan;
  /** Where a search looks for better options; null: it has none. */
  space: Space<Candidate> | null;
}

/** A chain of dense layers, trained on batches. */
export interface NetworkPlan extends BatchPlan {
  kind: 'network';
  /** Units of the hidden layers; without any, the model sums its inputs' contributions. */
  hidden: readonly number[];
  /** The share of a hidden layer's units that a batch leaves out. */
  dropout: number;
  /** How much the first layer's squared weights cost. */
  l2: number;
  /** Networks that share most of their weights: TabM (https://arxiv.org/abs/2410.24210). 0: one network. */
  members: number;
}

/** The layers that a file of the pipeline's own makes, trained on batches. */
export interface OwnPlan extends BatchPlan {
  kind: 'own';
  /** From a folder of recipes. */
  file: string;
  sha256: string;
  options: OwnOptions;
}
export type OwnOptions = Record<string, z.core.util.JSONType>;

/** How batches are trained on. */
export interface BatchPlan extends Batched {
  /** AdamW's: how much of each weight, times the learning rate, a step takes away. */
  decay: number;
  /** `cosine`: the learning rate rises for a twentieth of the steps and falls to nothing at the last. */
  schedule: 'steady' | 'cosine';
  /** After so many epochs without a better selection loss, training stops. */
  patience: number;
  /** Small tables have more epochs, until it is this many steps. */
  leastSteps: number;
  style: EncodingStyle;
}

interface Batched {
  epochs: number;
  batchSize: number;
  learningRate: number;
}

/** A weighted sum of the inputs, fitted until it is best. */
export interface LinearPlan {
  kind: 'linear';
  /** How much squared weights cost: the middle of what is tried. */
  l2: number;
  /** How it is trained where a full fit is not possible, or TF.js is to do it. */
  inBatches: NetworkPlan;
}

/** The same output for every row. */
export interface ConstantPlan {
  kind: 'constant';
  /** Of a number: the mean label of rows no older than the newest by this. */
  recentMs?: number;
}

/** What a column holds. */
export interface LastValuePlan {
  kind: 'lastValue';
  column: string;
}

/** Trees over binned columns. */
export interface TreesPlan {
  kind: 'trees';
  /** Each tree learns what the trees before it left, until the selection split gets no better; or each for itself. */
  boosted: boolean;
  trees: number;
  /** Whether all leaves of a level are split alike. */
  symmetric: boolean;
  /** What a tree's output is multiplied by. */
  rate: number;
  leaves: number;
  depth: number;
  minRows: number;
  minHessian: number;
  l2: number;
  rowShare: number;
  columnShare: number;
  columnsPerSplit: (columns: number) => number;
  monotonic: Monotonic;
}

/** An average of models that were trained before it. */
export interface EnsemblePlan {
  kind: 'ensemble';
  members?: readonly string[];
}

export type Plan = NetworkPlan | OwnPlan | LinearPlan | ConstantPlan | LastValuePlan | TreesPlan | EnsemblePlan;

const monotonicSchema = z.record(columnName, z.enum(['up', 'down'], 'write "up" or "down"'));
export type Monotonic = z.infer<typeof monotonicSchema>;
/** Columns of numbers that may move the output only in one direction. */
export const monotonic = monotonicSchema.optional();

/** What every recipe declares. */
export const named = {
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and dashes'),
};

/** What every recipe that learns from batches declares. */
export const batched = {
  ...named,
  epochs: z.int().min(1).max(1000).default(8),
  batchSize: z.int().min(1).max(65_536).default(512),
  learningRate: z.number().positive().default(0.003),
  /** 'tfjs': by TF.js, whichever engine would be quickest. */
  engine: z.enum(['tfjs']).optional(),
};

export const batchesOf = ({ epochs, batchSize, learningRate }: Batched): Batched => ({
  epochs,
  batchSize,
  learningRate,
});

/** Of a recipe without hidden layers. Epochs, batches and learning rate matter only where it is trained in batches. */
export function linearPlanOf({ l2, engine, ...batches }: Batched & { l2: number; engine?: 'tfjs' | undefined }): Plan {
  const inBatches: NetworkPlan = {
    kind: 'network',
    hidden: [],
    dropout: 0,
    l2,
    decay: 0,
    schedule: 'steady',
    patience: 3,
    leastSteps: 0,
    style: 'sums',
    members: 0,
    ...batchesOf(batches),
  };
  return engine === 'tfjs' ? inBatches : { kind: 'linear', l2, inBatches };
}
