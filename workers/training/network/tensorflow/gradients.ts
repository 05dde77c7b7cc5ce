import { type Loss } from '../loss.ts';
import { type Layer, type Network } from '../network.ts';
import { type Tensors } from '../../../../adapters/training/tensors.ts';
import { type Random } from '../../../../core/base/random.ts';
import type * as tfjs from '@tensorflow/tfjs';

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
    let slope = tf.tensor2d(slopes, [batch.rows, layers.at(-1)!.units]);
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
export function dropoutMask(
  tf: Tensors['tf'],
  shape: [number, number],
  { rate, random }: { rate: number; random: Random },
) {
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(shape[0] * shape[1]);
  for (let i = 0; i < mask.length; i++) if (random.uniform() >= rate) mask[i] = kept;
  return tf.tensor2d(mask, shape);
}
