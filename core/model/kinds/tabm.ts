import type { MemberLayer, TabmModel } from '../artifact.ts';
import type { CompiledModel, KindOfModel } from './kinds.ts';
import { addProducts } from '../numbers/products.ts';
import { decodeWeights } from '../numbers/weights.ts';
import { messageOf } from '../../base/errors/errors.ts';
import * as z from 'zod';

const layerSchema = z.strictObject({
  inputs: z.int().min(1),
  units: z.int().min(1),
  kernel: z.base64(),
  scale: z.base64().optional(),
  bias: z.base64(),
});

export const tabm: KindOfModel<TabmModel> = {
  parts: { kind: z.literal('tabm'), members: z.int().min(1), layers: z.array(layerSchema).min(2) },
  problemOf({ layers }, width, outputs) {
    let inputs = width;
    for (const [index, layer] of layers.entries()) {
      if (layer.inputs !== inputs) return `layers.${index}: takes ${layer.inputs} inputs, but ${inputs} come in`;
      if ((index === 0) !== (layer.scale !== undefined))
        return `layers.${index}: ${index === 0 ? 'has no scale' : 'has a scale, which only the first has'}`;
      inputs = layer.units;
    }
    if (layers.at(-1)!.units === outputs) return null;
    return outputs === 1
      ? 'the last layer must have one unit, the logit'
      : `the last layer must have ${outputs} units, the logit of each class`;
  },
  compile(model): CompiledModel {
    const { members, target } = model;
    const layers = decodeMembers(model);
    const first = layers[0]!;
    const rest = layers.slice(1);
    const input = new Float32Array(first.inputs);
    const shared = new Float32Array(first.units);
    const rooms = layers.map(({ units }) => new Float32Array(units));
    const heard = new Int32Array(Math.max(...layers.map(({ inputs }) => inputs)));
    const width = layers.at(-1)!.units;
    const outputs = new Float64Array(members * width);
    /** Each member's outputs, one after the other. */
    function runMembers(): void {
      shared.fill(0);
      addProducts(input, first.kernel, 0, shared, heard);
      for (let member = 0; member < members; member++) {
        let from = rooms[0]!;
        for (let unit = 0, at = member * from.length; unit < from.length; unit++, at++)
          from[unit] = Math.max(0, shared[unit]! * first.scale![at]! + first.bias[at]!);
        for (let index = 0; index < rest.length; index++) {
          const { inputs, units, kernel, bias } = rest[index]!;
          const [to, isLast] = [rooms[index + 1]!, index === rest.length - 1];
          for (let unit = 0; unit < units; unit++) to[unit] = bias[member * units + unit]!;
          addProducts(from, kernel, isLast ? member * inputs * units : 0, to, heard);
          if (!isLast) for (let unit = 0; unit < units; unit++) if (to[unit]! < 0) to[unit] = 0;
          from = to;
        }
        outputs.set(from, member * width);
      }
    }
    return {
      input,
      additive: false,
      run() {
        runMembers();
        return combined(outputs, target ? 'mean' : 'share');
      },
      runAll(into) {
        runMembers();
        combinedClasses(outputs, into);
      },
    };
  },
};

/**
 * One output for all members: of numbers the mean; of logits the log odds of the mean probability, as TabM averages.
 * https://arxiv.org/abs/2410.24210
 */
export function combined(outputs: ArrayLike<number>, how: 'mean' | 'share'): number {
  const { length } = outputs;
  let [sum, against, least, most] = [0, 0, Infinity, -Infinity];
  for (let i = 0; i < length; i++) {
    const output = outputs[i]!;
    sum += output;
    if (output < least) least = output;
    if (output > most) most = output;
  }
  if (how === 'mean') return sum / length;
  // Both sums are taken apart, and their largest term is made 1, so that the odds are finite however certain it is.
  sum = 0;
  const [ofMost, ofLeast] = [logSigmoid(most), logSigmoid(-least)];
  for (let i = 0; i < length; i++) {
    sum += Math.exp(logSigmoid(outputs[i]!) - ofMost);
    against += Math.exp(logSigmoid(-outputs[i]!) - ofLeast);
  }
  return ofMost + Math.log(sum) - ofLeast - Math.log(against);
}

/** The logarithm of each class's mean probability, from each member's logits, one after the other. */
export function combinedClasses(outputs: ArrayLike<number>, into: Float64Array): void {
  const width = into.length;
  const members = outputs.length / width;
  const least = new Float64Array(members); // what makes a member's logits logarithms of probabilities
  for (let member = 0, at = 0; member < members; member++, at += width) {
    let [most, sum] = [-Infinity, 0];
    for (let place = 0; place < width; place++) most = Math.max(most, outputs[at + place]!);
    for (let place = 0; place < width; place++) sum += Math.exp(outputs[at + place]! - most);
    least[member] = most + Math.log(sum);
  }
  for (let place = 0; place < width; place++) {
    let [most, sum] = [-Infinity, 0];
    for (let member = 0; member < members; member++)
      most = Math.max(most, outputs[member * width + place]! - least[member]!);
    for (let member = 0; member < members; member++)
      sum += Math.exp(outputs[member * width + place]! - least[member]! - most);
    into[place] = most + Math.log(sum / members);
  }
}

const logSigmoid = (x: number): number => Math.min(0, x) - Math.log1p(Math.exp(-Math.abs(x)));

/** A layer of all members with its weights as numbers. */
export interface DecodedMembers {
  inputs: number;
  units: number;
  /** Inputs x units; of the last layer one for each member. */
  kernel: Float32Array;
  /** Members x units, of the first layer. */
  scale: Float32Array | null;
  /** Members x units. */
  bias: Float32Array;
}

/** Throws when there are not as many weights as belong. */
export const decodeMembers = ({ layers, members }: Pick<TabmModel, 'layers' | 'members'>): DecodedMembers[] =>
  layers.map((layer, index) => decodeLayer(layer, members, index, index === layers.length - 1));

function decodeLayer(layer: MemberLayer, members: number, index: number, isLast: boolean): DecodedMembers {
  const { inputs, units, kernel, scale, bias } = layer;
  try {
    return {
      inputs,
      units,
      kernel: decodeWeights(kernel, inputs * units * (isLast ? members : 1)),
      scale: scale === undefined ? null : decodeWeights(scale, members * units),
      bias: decodeWeights(bias, members * units),
    };
  } catch (error) {
    throw new Error(`layer ${index} has ${messageOf(error)}`, { cause: error });
  }
}
