import { type Row } from '../data.ts';

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
    }
  /** One input a level; an unknown level or a null is all zeros. */
  | { kind: 'category'; column: string; levels: string[] }
  /** Sine and cosine of the hour, and one input for each of the 24 hours. */
  | { kind: 'hour'; column: string };

export interface DenseLayer {
  inputs: number;
  units: number;
  activation: 'linear' | 'relu';
  /** Row-major inputs x units, Float32, little-endian, base64. */
  kernel: string;
  bias: string;
}

/** What training makes of one candidate: enough to score rows, not yet calibrated. */
export interface TrainedModel {
  encodings: Encoding[];
  /** The last layer has one linear unit: the logit. */
  layers: DenseLayer[];
  /** Rows with the logits that TF.js gave, against which a compiled scorer is checked whenever it is loaded. */
  probe: { rows: Row[]; logits: number[] };
  trainedWith: { backend: string; tensorflow: string; epochs: number; rows: number; seconds: number };
}

/** A registered model, whole in one object: immutable, hashed, scored without TF.js. */
export interface ModelArtifact extends TrainedModel {
  format: 1;
  pipeline: string;
  revision: string;
  trainingRun: string;
  candidate: string;
  /** Platt scaling: probability = sigmoid(slope * logit + intercept). */
  calibration: { slope: number; intercept: number };
  /** Scores from here on are decided positive. */
  threshold: number;
}
