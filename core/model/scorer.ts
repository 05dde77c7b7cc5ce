import type { DenseLayer, ModelArtifact, TrainedModel } from './artifact.ts';
import { createEncoder } from './preprocessing.ts';
import { decodeWeights } from './weights.ts';
import type { Row } from '../data/data.ts';
import { messageOf, UserError } from '../base/errors.ts';
import type { ColumnChunk } from '../data/chunks.ts';

export { parseArtifact, parseTrainedModel } from './artifact-schema.ts';

/** Float32 sums in another order differ by about 1e-6; weights of another model by far more than this. */
const TOLERANCE = 1e-4;

/** A model as plain loops over typed arrays. Scoring a row allocates nothing and never waits. */
export interface Scorer {
  logit(row: Row): number;
  /** The calibrated probability, or the sigmoid of the logit for a model that is not calibrated yet; of a number, the estimate. */
  score(row: Row): number;
  logitChunk(chunk: ColumnChunk): Float64Array;
  scoreChunk(chunk: ColumnChunk): Float64Array;
}

/** Compiles a model and checks it against the logits TF.js gave for its probe rows; throws MODEL_INVALID. */
export function compileScorer(model: TrainedModel | ModelArtifact): Scorer {
  const encoder = createEncoder(model.encodings);
  const network = compileLayers(model);
  const { slope, intercept } = 'calibration' in model ? model.calibration : { slope: 1, intercept: 0 };
  const { target } = model;
  const finished = target
    ? (output: number): number => slope * (target.mean + target.deviation * output) + intercept
    : (logit: number): number => sigmoid(slope * logit + intercept);

  const logit = (row: Row): number => {
    encoder.row(row, network.input, 0);
    return network.run();
  };
  const each = (chunk: ColumnChunk, finish: (logit: number) => number): Float64Array => {
    const encoded = new Float32Array(chunk.rows * encoder.width);
    encoder.chunk(chunk, encoded, 0);
    return Float64Array.from({ length: chunk.rows }, (_, row) => {
      network.input.set(encoded.subarray(row * encoder.width, (row + 1) * encoder.width));
      return finish(network.run());
    });
  };

  checkProbe(model, logit);
  return {
    logit,
    score: (row) => finished(logit(row)),
    logitChunk: (chunk) => each(chunk, (logit) => logit),
    scoreChunk: (chunk) => each(chunk, finished),
  };
}

/** 1 / (1 + e^-x), without overflow on either side. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const power = Math.exp(x);
  return power / (1 + power);
}

interface CompiledLayer {
  kernel: Float32Array;
  bias: Float32Array;
  relu: boolean;
  from: Float32Array;
  to: Float32Array;
  /** Room for the places of the inputs that are not zero. */
  heard: Int32Array;
}

function compileLayers(model: TrainedModel): { input: Float32Array; run(): number } {
  const input = new Float32Array(model.layers[0]!.inputs);
  let from: Float32Array = input;
  const layers = model.layers.map((layer, index) => {
    const compiled = compileLayer(model, layer, index, from);
    from = compiled.to;
    return compiled;
  });
  const output = from;
  return {
    input,
    run() {
      for (const layer of layers) runLayer(layer);
      return output[0]!;
    },
  };
}

function compileLayer(model: TrainedModel, layer: DenseLayer, index: number, from: Float32Array): CompiledLayer {
  try {
    return {
      kernel: decodeWeights(layer.kernel, layer.inputs * layer.units),
      bias: decodeWeights(layer.bias, layer.units),
      relu: layer.activation === 'relu',
      from,
      to: new Float32Array(layer.units),
      heard: new Int32Array(layer.inputs),
    };
  } catch (error) {
    throw new UserError(
      'MODEL_INVALID',
      `${nameOf(model)} cannot be loaded: layer ${index} has ${messageOf(error)}. ${MEND}`,
      { cause: error },
    );
  }
}

function runLayer({ kernel, bias, relu, from, to, heard }: CompiledLayer): void {
  const units = to.length;
  let count = 0;
  // Most inputs are zero: of a category's levels one is set, and relu silences many units.
  for (let i = 0; i < from.length; i++) if (from[i] !== 0) heard[count++] = i;

  to.set(bias);
  let next = 0;
  for (; next + 3 < count; next += 4) {
    // Four inputs a turn: each sum is loaded and stored a quarter as often, which makes scoring twice as fast.
    const [a, b, c, d] = [heard[next]!, heard[next + 1]!, heard[next + 2]!, heard[next + 3]!];
    const [ofA, ofB, ofC, ofD] = [from[a]!, from[b]!, from[c]!, from[d]!];
    const [atA, atB, atC, atD] = [a * units, b * units, c * units, d * units];
    for (let unit = 0; unit < units; unit++)
      to[unit]! +=
        ofA * kernel[atA + unit]! + ofB * kernel[atB + unit]! + ofC * kernel[atC + unit]! + ofD * kernel[atD + unit]!;
  }
  for (; next < count; next++) {
    const value = from[heard[next]!]!;
    const at = heard[next]! * units;
    for (let unit = 0; unit < units; unit++) to[unit]! += value * kernel[at + unit]!;
  }
  if (!relu) return;
  for (let unit = 0; unit < units; unit++) if (to[unit]! < 0) to[unit] = 0;
}

function checkProbe(model: TrainedModel, logit: (row: Row) => number): void {
  for (const [index, row] of model.probe.rows.entries()) {
    const expected = model.probe.logits[index]!;
    const got = logit(row);
    if (Math.abs(got - expected) <= TOLERANCE * Math.max(1, Math.abs(expected))) continue;
    throw new UserError(
      'MODEL_INVALID',
      `${nameOf(model)} does not score as it did when it was trained: probe row ${index} expected the logit ` +
        `${expected}, got ${got}. ${MEND}`,
    );
  }
}

const MEND = 'Its bytes are not those that training wrote: serve another version, or train again.';

const nameOf = (model: TrainedModel | ModelArtifact): string =>
  'pipeline' in model ? `Model "${model.candidate}" of ${model.pipeline} (${model.trainingRun})` : 'The trained model';
