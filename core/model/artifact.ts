import type { Activation } from './numbers/activations.ts';
import type { Row } from '../data/data.ts';
import type { Knots } from './calibration/isotonic.ts';
import type { EstimateInterval } from './calibration/interval.ts';
import type { LabelKind } from '../data/labels/label-kinds.ts';
import type { ClassCosts } from '../metrics/answer.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** An average of models may have several encodings for a column. */
export const columnsOf = (encodings: readonly { column: string }[]): string[] => [
  ...new Set(encodings.map(({ column }) => column)),
];

/** How one column becomes numbers. Fitted on the train split, carried by the artifact, the same everywhere. */
export type Encoding =
  /** Nulls become the median and raise the `missing` flag (one more input) when the train split had nulls. */
  | {
      kind: 'number';
      column: string;
      transform: 'identity' | 'log'; // log: sign(x) * log1p(|x|), for long tails
      median: number;
      mean: number; // of the transformed value
      deviation: number;
      flagMissing: boolean;
      range?: [least: number, most: number] | undefined;
      /** Standardised values are clipped here; 10 unless said. */
      furthest?: number | undefined;
    }
  /**
   * As a number, but scaled by quantiles, (x - median) / scale of the transformed values, and drawn in smoothly
   * between -3 and 3.
   */
  | {
      kind: 'robust';
      column: string;
      transform: 'identity' | 'log';
      median: number;
      scale: number;
      flagMissing: boolean;
      range?: [least: number, most: number] | undefined;
    }
  /** One input for each piece between two edges: how much of it lies below the value, from 0 to 1. Nulls as above. */
  | {
      kind: 'pieces';
      column: string;
      median: number;
      edges: number[];
      flagMissing: boolean;
      range?: [least: number, most: number] | undefined;
    }
  /**
   * One input a level; an unknown level or a null is all zeros. `usual`: the most frequent level in the train split,
   * where it is not the first. `shared`: further levels, which take turns at some inputs more.
   */
  | {
      kind: 'category';
      column: string;
      levels: string[];
      usual?: string | undefined;
      shared?: { inputs: number; levels: string[] } | undefined;
    }
  /** Sine and cosine of the hour, and one input for each of the 24 hours. `usual`: the most frequent hour. */
  | { kind: 'hour'; column: string; usual?: number | undefined }
  /** The number itself; NaN for a null. `usual`: the median, or the most frequent hour. */
  | { kind: 'value'; column: string; usual: number; range?: [least: number, most: number] | undefined }
  /** The place of a level; NaN for an unknown level or a null. `usual` as of a category. */
  | { kind: 'level'; column: string; levels: string[]; usual?: string | undefined };

/**
 * How a kind of model reads columns: as the inputs of a sum, standardised; as plain values to compare; or as a network's
 * inputs, scaled by quantiles or in pieces between them.
 */
export type EncodingStyle = 'sums' | 'values' | 'robust' | 'pieces';

export interface DenseLayer {
  inputs: number;
  units: number;
  activation: Activation;
  /** Row-major inputs x units, Float32, little-endian, base64. */
  kernel: string;
  bias: string;
}

/** Mean and standard deviation of the labels that a model of numbers learnt from. */
export interface Target {
  mean: number;
  deviation: number;
}

/** What every kind of model has. */
interface Trained {
  encodings: Encoding[];
  /** Rows with the logits that training gave them (of classes, each row's one after the other), against which a compiled scorer is checked whenever it is loaded. */
  probe: { rows: Row[]; logits: number[] };
  /** For a label of kind number: estimate = mean + deviation * output, of the train split's labels. */
  target?: Target;
  /** For a label of kind class: the names, in the order of the model's outputs. */
  classes?: string[];
  trainedWith: {
    /** TF.js's; none: the kind of model does without TF.js. */
    backend: string;
    /** Why the training did not use TF.js's native backend. */
    whyNotNative?: string;
    tensorflow?: string;
    epochs: number;
    /** For a model of trees. */
    trees?: number;
    /** What squared weights cost, where the selection split chose that. */
    penalty?: number;
    /** For an average of models: how many. */
    models?: number;
    rows: number;
    seconds: number;
    /** Trained on the selection split, too: it was measured by models of so many folds. */
    folds?: number;
    outOfFold?: Metrics;
    /** It learnt from this share of the rows without a positive label; absent: from all. */
    negatives?: number;
  };
  /**
   * What models of the other folds said of each row of the train and then the selection split, by which an average
   * weighs it (Float32, little-endian, base64). An artifact has none.
   */
  foldScores?: string;
}

/** A chain of dense layers. */
export interface NetworkModel extends Trained {
  kind: 'network';
  /** The last layer is linear: the logit, one for each class, or for a label that is a number what `target` scales. */
  layers: DenseLayer[];
}

/** Members that share the kernels of the hidden layers; a row's output is that of their mean. All arrays as in a dense layer. */
export interface TabmModel extends Trained {
  kind: 'tabm';
  members: number;
  /** Hidden ones with relu, then one unit, or one for each class: a logit of each member, or what `target` scales. */
  layers: MemberLayer[];
}

export interface MemberLayer {
  inputs: number;
  units: number;
  /** Of all members; in the last layer one for each, one after the other. */
  kernel: string;
  /** In the first layer: what each member multiplies the units' sums by, members x units. */
  scale?: string | undefined;
  /** Members x units. */
  bias: string;
}

/** The same output for every row: what other models are held against. */
export interface ConstantModel extends Trained {
  kind: 'constant';
  output: number;
  /** For classes: the logit of each. */
  outputs?: number[];
}

/** The sum of what each tree's leaf says of a row. All arrays are little-endian, in base64. */
export interface TreesModel extends Trained {
  kind: 'trees';
  /**
   * `sum`: the output is the sum itself; `share`: the sum is a share of positives, the output its log odds, or of a
   * class its logarithm.
   */
  output: 'sum' | 'share';
  /** What the sum begins with. */
  base: number;
  /** For classes: what the sum of each begins with. Trees follow each other class by class, round by round. */
  bases?: number[];
  /** How many splits each tree has; it has one leaf more. */
  splits: number[];
  /** Of each split: its input (Uint16). */
  inputs: string;
  /** Of each split: where a null goes (Uint8): 0 to the right, 1 to the left, 2 where the set says. */
  nulls: string;
  /** Of each split: the largest number that goes left, or the place of its set (Float32). */
  cuts: string;
  /** Of each split: its children in its own tree (Int32), a later split, or ~leaf. */
  left: string;
  right: string;
  /** The levels that go left: the bit of null, then those of the levels; 8 words a set (Uint32). */
  sets: string;
  /** What each leaf says (Float64). */
  leaves: string;
  /** How many rows each leaf learnt from (Uint32), by which scores are explained; models of earlier releases have none. */
  covers?: string | undefined;
}

type PartsOf<Model> = Model extends unknown ? Omit<Model, keyof Trained> : never;

/** A weighted average of models. */
export interface EnsembleModel extends Trained {
  kind: 'ensemble';
  /**
   * What is averaged: outputs, or shares of positives, of which the output is the log odds, or of classes, of which each
   * output is the logarithm.
   */
  of: 'outputs' | 'shares';
  members: {
    candidate: string;
    /** Above 0; together they are 1. */
    weight: number;
    /** The places of the member's encodings among those of the ensemble. */
    reads: number[];
    model: PartsOf<MemberModel>;
  }[];
}
/** Kinds of models that can be members. */
export type MemberModel = NetworkModel | TabmModel | ConstantModel | TreesModel;

/** The result of training one candidate: enough to score rows, not yet calibrated. */
export type TrainedModel = MemberModel | EnsembleModel;

/** The kind of label that a model has learnt. */
export const kindOfLabel = ({ target, classes }: Pick<TrainedModel, 'target' | 'classes'>): LabelKind =>
  classes ? 'class' : target ? 'number' : 'binary';

export type ModelKind = TrainedModel['kind'];

/** A registered model, whole in one object: immutable, hashed, scored without TF.js. */
export type ModelArtifact = TrainedModel & Registered;
export type ArtifactOf<Kind extends ModelKind> = Extract<TrainedModel, { kind: Kind }> & Registered;

export interface Calibration {
  /**
   * Platt scaling, probability = sigmoid(slope * logit + intercept); of a number, estimate = slope * estimate +
   * intercept. Of classes, probabilities = softmax(slope * logits).
   */
  slope: number;
  intercept: number;
  /** Isotonic regression in its place: lines between knots, and beyond them on with the slope. */
  knots?: Knots;
}

interface Registered {
  /** 2 with knots, 3 with costs, which earlier releases do not know. */
  format: 1 | 2 | 3;
  pipeline: string;
  revision: string;
  trainingRun: string;
  candidate: string;
  calibration: Calibration;
  /** Scores from here on count as positive; null for numbers and classes, where no score decides. */
  threshold: number | null;
  /** Of classes: what wrong answers cost; absent: the likeliest class is the answer. */
  costs?: ClassCosts | undefined;
  /** Of a number: what its labels lie between. Absent: in models of earlier releases, or with too few rows to tell. */
  interval?: EstimateInterval | undefined;
}
