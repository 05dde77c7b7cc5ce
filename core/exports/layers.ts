import type { Activation } from '../model/numbers/activations.ts';
import type { ConstantModel, NetworkModel } from '../model/artifact.ts';
import { inputWidth } from '../model/preprocessing.ts';
import { decodeWeights } from '../model/numbers/weights.ts';

/** A dense layer with its weights as numbers; the kernel is row-major, inputs x units. */
export interface Layer {
  inputs: number;
  units: number;
  activation: Activation;
  kernel: Float32Array;
  bias: Float32Array;
}

export const layersOfNetwork = ({ layers }: Pick<NetworkModel, 'layers'>): Layer[] =>
  layers.map(({ inputs, units, activation, kernel, bias }) => ({
    inputs,
    units,
    activation,
    kernel: decodeWeights(kernel, inputs * units),
    bias: decodeWeights(bias, units),
  }));

/** The same output for every row is a layer that hears nothing. */
export function layersOfConstant({
  encodings,
  output,
  outputs = [output],
}: Pick<ConstantModel, 'encodings' | 'output' | 'outputs'>): Layer[] {
  const inputs = inputWidth(encodings);
  const units = outputs.length;
  const kernel = new Float32Array(inputs * units);
  return [{ inputs, units, activation: 'linear', kernel, bias: Float32Array.from(outputs) }];
}
