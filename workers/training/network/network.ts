import { type DenseLayer } from '../../../core/model/artifact.ts';
import { encodeWeights } from '../../../core/model/weights.ts';
import { type NetworkPlan } from '../../../core/recipes/recipe.ts';
import { type Random } from '../../../core/base/random.ts';

export interface Layer {
  inputs: number;
  units: number;
  activation: 'linear' | 'relu';
  /** Views into the network's parameters. */
  kernel: Float32Array;
  bias: Float32Array;
}

/** All weights lie in one array, so that the optimizer is one loop and a checkpoint one copy. */
export interface Network {
  parameters: Float32Array;
  layers: Layer[];
}

/** Layers over zeroed parameters: hidden ones with relu, then the logit. A regression has no hidden ones. */
export function createNetwork(inputs: number, { hidden }: Pick<NetworkPlan, 'hidden'>): Network {
  const sizes = [inputs, ...hidden, 1];
  const shapes = sizes.slice(1).map((units, index) => ({ inputs: sizes[index]!, units }));
  const parameters = new Float32Array(shapes.reduce((sum, shape) => sum + (shape.inputs + 1) * shape.units, 0));
  let at = 0;
  const layers = shapes.map((shape, index): Layer => {
    const kernel = parameters.subarray(at, (at += shape.inputs * shape.units));
    const bias = parameters.subarray(at, (at += shape.units));
    return { ...shape, kernel, bias, activation: index === shapes.length - 1 ? 'linear' : 'relu' };
  });
  return { parameters, layers };
}

/**
 * He's initial weights for relu (https://arxiv.org/abs/1502.01852). The output starts at what is true of all rows, for a
 * logit the log odds of the base rate: with one positive in a hundred, the first epochs would otherwise only learn that.
 */
export function initialise({ layers }: Network, output: number, random: Random): void {
  for (const { inputs, kernel, activation } of layers) {
    if (layers.length === 1) break; // a logistic regression has one best point: zeros are as good a start as any
    const deviation = Math.sqrt((activation === 'relu' ? 2 : 1) / inputs);
    for (let i = 0; i < kernel.length; i++) kernel[i] = random.normal(0, deviation);
  }
  layers.at(-1)!.bias[0] = output;
}

export const asDenseLayers = ({ layers }: Network): DenseLayer[] =>
  layers.map(({ kernel, bias, ...shape }) => ({ ...shape, kernel: encodeWeights(kernel), bias: encodeWeights(bias) }));
