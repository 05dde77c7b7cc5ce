import type { ModelArtifact } from '../model/artifact.ts';
import type { EstimateInterval } from '../model/calibration/interval.ts';
import { inputsOf, type Input } from './inputs.ts';
import { outputOf, type Output } from './output.ts';
import type { ClassCosts } from '../metrics/answer.ts';
import { versionName } from '../base/ids.ts';

export type ExportFormat = 'tfjs' | 'onnx' | 'json';

/** A version, and its model. */
export interface Exportable<Model extends ModelArtifact = ModelArtifact> {
  version: number;
  model: Model;
}

export interface ExportedFile {
  name: string;
  bytes: Uint8Array;
}

/** What an exported file says of its model besides the weights. */
export interface Description {
  pipeline: string;
  version: string;
  revision: string;
  trainingRun: string;
  candidate: string;
  inputs: Input[];
  output: Output;
  /** Of a label of kind class: its classes, in the order of the numbers. */
  classes?: string[];
  /** Scores from here on count as positive; null for a number and for classes. */
  threshold: number | null;
  /** Of classes: what answering a row of one (a line) with another costs; the answer is what is expected to cost least. */
  costs?: ClassCosts;
  /** Of a number: low = score - below * spread, high = score + above * spread, with the spread on lines between `at`. */
  interval?: EstimateInterval;
}

export function describe({ version, model }: Exportable): Description {
  const { pipeline, revision, trainingRun, candidate, threshold, encodings, classes, costs, interval } = model;
  const [inputs, output] = [inputsOf(encodings), outputOf(model)];
  return {
    pipeline,
    version: versionName(version),
    revision,
    trainingRun,
    candidate,
    inputs,
    output,
    ...(classes && { classes }),
    threshold,
    ...(costs && { costs }),
    ...(interval && { interval }),
  };
}

export const fileName = ({ version, model }: Exportable): string => `${model.pipeline}-${versionName(version)}`;

export const textFile = (name: string, json: object): ExportedFile => ({
  name,
  bytes: new TextEncoder().encode(`${JSON.stringify(json)}\n`),
});
