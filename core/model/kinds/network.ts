import { activationNames, activations } from '../numbers/activations.ts';
import type { DenseLayer, NetworkModel } from '../artifact.ts';
import type { CompiledModel, KindOfModel } from './kinds.ts';
import { addProducts } from '../numbers/products.ts';
import { decodeWeights } from '../numbers/weights.ts';
import { messageOf } from '../../base/errors/errors.ts';
import * as z from 'zod';

const layerSchema = z.strictObject({
  inputs: z.int().min(1),
  units: z.int().min(1),
  activation: z.enum(activationNames),
  kernel: z.base64(),
  bias: z.base64(),
});

export const network: KindOfModel<NetworkModel> = {
  parts: { kind: z.literal('network'), layers: z.array(layerSchema).min(1) },
  problemOf({ layers }, width, outputs) {
    let inputs = width;
    for (const [index, layer] of layers.entries()) {
      if (layer.inputs !== inputs) return `layers.${index}: takes ${layer.inputs} inputs, but ${inputs} come in`;
      inputs = layer.units;
    }
    const last = layers.at(-1);
    if (last?.units === outputs && last.activation === 'linear') return null;
    return outputs === 1
      ? 'the last layer must be one linear unit, the logit'
      : `the last layer must be ${outputs} linear units, the logit of each class`;
  },
  compile({ layers }): CompiledModel {
    const input = new Float32Array(layers[0]!.inputs);
    let from: Float32Array = input;
    const compiled = layers.map((layer, index) => {
      const next = compileLayer(layer, index, from);
      from = next.to;
      return next;
    });
    const output = from;
    return {
      input,
      additive: layers.length === 1,
      run() {
        for (const layer of compiled) runLayer(layer);
        return output[0]!;
      },
      runAll(into) {
        for (const layer of compiled) runLayer(layer);
        into.set(output);
      },
    };
  },
};

interface CompiledLayer {
  kernel: Float32Array;
  bias: Float32Array;
  /** null: as it is. */
  activation: ((sum: number) => number) | null;
  from: Float32Array;
  to: Float32Array;
  /** Room for the places of the inputs that are not zero. */
  heard: Int32Array;
}

function compileLayer(layer: DenseLayer, index: number, from: Float32Array): CompiledLayer {
  try {
    return {
      kernel: decodeWeights(layer.kernel, layer.inputs * layer.units),
      bias: decodeWeights(layer.bias, layer.units),
      activation: layer.activation === 'linear' ? null : activations[layer.activation],
      from,
      to: new Float32Array(layer.units),
      heard: new Int32Array(layer.inputs),
    };
  } catch (error) {
    throw new Error(`layer ${index} has ${messageOf(error)}`, { cause: error });
  }
}

function runLayer({ kernel, bias, activation, from, to, heard }: CompiledLayer): void {
  to.set(bias);
  addProducts(from, kernel, 0, to, heard);
  // Nearly every hidden layer has this one, so it costs no call.
  if (activation === activations.relu) {
    for (let unit = 0; unit < to.length; unit++) if (to[unit]! < 0) to[unit] = 0;
  } else if (activation) for (let unit = 0; unit < to.length; unit++) to[unit] = activation(to[unit]!);
}
