import { type DenseLayer } from '../../../core/model/artifact.ts';
import { encodeWeights } from '../../../core/model/numbers/weights.ts';
import { type NetworkPlan } from '../../../core/recipes/recipe.ts';
import { type Random } from '../../../core/base/random.ts';
import { type RecordLayout } from '../rows/records.ts';

/** Views into the network's parameters, in their order. */
export interface Layer {
  inputs: number;
  units: number;
  activation: 'linear' | 'relu';
  /** Inputs x units; of the last layer of members, one after the other, for each its own. */
  kernel: Float32Array;
  /** Of the first layer of members: what each multiplies the units' sums by, members x units. Otherwise empty. */
  scale: Float32Array;
  /** Of members, for each its own. */
  bias: Float32Array;
}

/** All weights lie in one array, so that the optimizer is one loop and a checkpoint one copy. */
export interface Network {
  parameters: Float32Array;
  layers: Layer[];
  members: number;
}

export type NetworkShape = Pick<NetworkPlan, 'hidden'> & Partial<Pick<NetworkPlan, 'members'>>;

/**
 * Layers over zeroed parameters: hidden ones with relu, then the logit, or that of each class. A regression has no hidden
 * ones. Members share the kernels of all hidden layers.
 */
export function createNetwork(inputs: number, { hidden, members = 0 }: NetworkShape, outputs = 1): Network {
  const sizes = [inputs, ...hidden, outputs];
  const each = Math.max(1, members);
  const shapes = sizes.slice(1).map((units, index, { length }) => {
    const kernels = index === length - 1 ? each : 1;
    return { inputs: sizes[index]!, units, kernels, scales: members > 0 && index === 0 ? each : 0 };
  });
  const parameters = new Float32Array(
    shapes.reduce((sum, { inputs, units, kernels, scales }) => sum + units * (inputs * kernels + scales + each), 0),
  );
  let at = 0;
  const take = (length: number): Float32Array => parameters.subarray(at, (at += length));
  const layers = shapes.map(({ inputs, units, kernels, scales }, index): Layer => {
    const [kernel, scale, bias] = [take(kernels * inputs * units), take(scales * units), take(each * units)];
    return { inputs, units, kernel, scale, bias, activation: index === shapes.length - 1 ? 'linear' : 'relu' };
  });
  return { parameters, layers, members };
}

/**
 * He's initial weights for relu (https://arxiv.org/abs/1502.01852); `heard` says how many of a row's
 * inputs are not zero. Members start apart by what they multiply the first layer's sums by, and by their last layers. The
 * outputs start at what is true of all rows, for a logit the log odds of the base rate: with one positive in a hundred,
 * the first epochs would otherwise only learn that.
 */
export function initialise(
  { layers }: Network,
  outputs: readonly number[],
  random: Random,
  heard = layers[0]!.inputs,
): void {
  for (const [index, { inputs, kernel, scale, activation }] of layers.entries()) {
    if (layers.length === 1) break; // a logistic regression has one best point: zeros are as good a start as any
    const deviation = Math.sqrt((activation === 'relu' ? 2 : 1) / (index === 0 ? heard : inputs));
    for (let i = 0; i < kernel.length; i++) kernel[i] = random.normal(0, deviation);
    for (let i = 0; i < scale.length; i++) scale[i] = random.normal(0, 1);
  }
  const { bias } = layers.at(-1)!;
  for (let i = 0; i < bias.length; i++) bias[i] = outputs[i % outputs.length]!;
}

/** Inputs of a row that are not zero, about: of its levels one is set, and of its pieces half. */
export const heardInputs = ({ numbers, pieces, stretches }: RecordLayout): number =>
  Math.max(
    1,
    pieces.reduce((sum, [start, end]) => sum + (end - start) / 2, numbers.length + stretches.length),
  );

export const asDenseLayers = ({ layers }: Network): DenseLayer[] =>
  layers.map(({ inputs, units, activation, kernel, bias }) => ({
    inputs,
    units,
    activation,
    kernel: encodeWeights(kernel),
    bias: encodeWeights(bias),
  }));
