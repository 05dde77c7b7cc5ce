import { type Tensors } from '../../../adapters/training/tensors.ts';
import { type DenseLayer } from '../../../core/model/artifact.ts';
import { sigmoid } from '../../../core/model/scorer.ts';
import { encodeWeights } from '../../../core/model/weights.ts';
import { type NetworkPlan } from '../../../core/recipes/recipe.ts';
import { type Random } from '../../../core/base/random.ts';
import type * as tfjs from '@tensorflow/tfjs';

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

/** The network's logits, by TF.js, without dropout. */
export function logits({ tf }: Tensors, { layers }: Network, inputs: Float32Array, rows: number): Float32Array {
  return tf.tidy(() => {
    let activation = tf.tensor2d(inputs, [rows, layers[0]!.inputs]);
    for (const layer of layers) activation = forward(tf, layer, kernelOf(tf, layer), activation);
    return activation.dataSync().slice() as Float32Array;
  });
}

/**
 * Mean loss of a batch, and its gradient in the layout of the parameters.
 *
 * The backward pass is written out: recording it (`variableGrads` and TF.js's Adam) took 12 ms a batch of 512 on
 * WebAssembly, much of it because there a product with a transposed operand is ten times slower than
 * transposing first. And the optimizer's state is ours, so a resumed training continues to the very bit.
 */
export function gradients(
  { tf }: Tensors,
  { layers, parameters }: Network,
  batch: { rows: number; inputs: Float32Array; labels: Float32Array },
  dropout: { rate: number; random: Random },
  lossOf: Loss,
  into: Float32Array,
): number {
  return tf.tidy(() => {
    const kernels = layers.map((layer) => kernelOf(tf, layer));
    const activations = [tf.tensor2d(batch.inputs, [batch.rows, layers[0]!.inputs])];
    const masks: (tfjs.Tensor2D | null)[] = [];
    for (const [index, layer] of layers.entries()) {
      const output = forward(tf, layer, kernels[index]!, activations[index]!);
      const mask = layer.activation === 'relu' && dropout.rate > 0 ? dropoutMask(tf, output.shape, dropout) : null;
      masks.push(mask);
      activations.push(mask ? output.mul(mask) : output);
    }

    const { loss, slopes } = lossOf(activations.at(-1)!.dataSync() as Float32Array, batch.labels);
    const ones = tf.ones<tfjs.Rank.R2>([1, batch.rows]);
    let slope = tf.tensor2d(slopes, [batch.rows, 1]);
    for (let index = layers.length - 1; index >= 0; index--) {
      const { kernel, bias } = layers[index]!;
      const input = activations[index]!;
      into.set(tf.matMul(input.transpose(), slope).dataSync(), placeOf(kernel, parameters));
      into.set(tf.matMul(ones, slope).dataSync(), placeOf(bias, parameters));
      if (index === 0) break;
      const mask = masks[index - 1];
      const passed = mask ? input.step().mul<tfjs.Tensor2D>(mask) : input.step();
      slope = tf.matMul(slope, kernels[index]!.transpose()).mul(passed);
    }
    return loss;
  });
}

const kernelOf = (tf: Tensors['tf'], layer: Layer): tfjs.Tensor2D =>
  tf.tensor2d(layer.kernel, [layer.inputs, layer.units]);

const forward = (tf: Tensors['tf'], layer: Layer, kernel: tfjs.Tensor2D, input: tfjs.Tensor2D): tfjs.Tensor2D =>
  tf.fused.matMul({
    a: input,
    b: kernel,
    bias: tf.tensor1d(layer.bias),
    activation: layer.activation,
  }) as tfjs.Tensor2D;

const placeOf = (view: Float32Array, parameters: Float32Array): number =>
  (view.byteOffset - parameters.byteOffset) / Float32Array.BYTES_PER_ELEMENT;

/** Dropped units are 0; the others are scaled up, so that scoring needs no change. */
function dropoutMask(tf: Tensors['tf'], shape: [number, number], { rate, random }: { rate: number; random: Random }) {
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(shape[0] * shape[1]);
  for (let i = 0; i < mask.length; i++) if (random.uniform() >= rate) mask[i] = kept;
  return tf.tensor2d(mask, shape);
}

/** The mean loss of outputs, and its slope at each. */
export type Loss = (outputs: Float32Array, labels: Float32Array) => { loss: number; slopes: Float32Array };

/** An error counts squared up to so many deviations of the labels, and beyond by its size. */
const FAR = 1;
/**
 * Huber's loss of standardised labels: half the squared error while that is small. A hundredth of the labels being
 * twenty times too large made squared errors alone forget all the others. https://en.wikipedia.org/wiki/Huber_loss
 */
export const huber: Loss = (outputs, labels) => {
  const slopes = new Float32Array(outputs.length);
  let loss = 0;
  for (let i = 0; i < outputs.length; i++) {
    const error = outputs[i]! - labels[i]!;
    const size = Math.abs(error);
    loss += size <= FAR ? (error * error) / 2 : FAR * (size - FAR / 2);
    slopes[i] = Math.max(-FAR, Math.min(FAR, error)) / outputs.length;
  }
  return { loss: loss / outputs.length, slopes };
};

/** Cross entropy from logits, in the form that neither overflows nor loses digits, and its slope at each logit. */
export function logLoss(logits: Float32Array, labels: Float32Array): { loss: number; slopes: Float32Array } {
  const slopes = new Float32Array(logits.length);
  let loss = 0;
  for (let i = 0; i < logits.length; i++) {
    const [logit, label] = [logits[i]!, labels[i]!];
    loss += Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));
    slopes[i] = (sigmoid(logit) - label) / logits.length;
  }
  return { loss: loss / logits.length, slopes };
}
