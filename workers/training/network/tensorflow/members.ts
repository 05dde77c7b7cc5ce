import { type Loss } from '../loss.ts';
import { type Network } from '../network.ts';
import { type Tensors } from '../../../../adapters/training/tensors.ts';
import { type Random } from '../../../../core/base/random.ts';
import type * as tfjs from '@tensorflow/tfjs';

type Tf = Tensors['tf'];

/** The outputs of all members, row by row, by TF.js, without dropout. */
export function outputsOfMembers({ tf }: Tensors, network: Network, inputs: Float32Array, rows: number): Float32Array {
  return tf.tidy(() => {
    const outputs = forward(tf, network, weightsOf(tf, network), inputs, rows, null);
    return outputs.dataSync().slice() as Float32Array;
  });
}

/**
 * Mean loss of all members over a batch, and its gradient in the layout of the parameters, which TF.js derives by
 * itself: so it is a check of our kernel's written-out one.
 */
export function gradientsOfMembers(
  { tf }: Tensors,
  network: Network,
  batch: { rows: number; inputs: Float32Array; labels: Float32Array },
  dropout: { rate: number; random: Random },
  lossOf: Loss,
  into: Float32Array,
): number {
  return tf.tidy(() => {
    const labels = Float32Array.from({ length: batch.rows * network.members }, (_, i) => batch.labels[Math.floor(i / network.members)]!); // prettier-ignore
    let mean = 0;
    const gradients = tf.grads((...weights: tfjs.Tensor[]) => {
      const outputs = forward(tf, network, weights, batch.inputs, batch.rows, dropout);
      const { loss, slopes } = lossOf(outputs.dataSync() as Float32Array, labels);
      mean = loss;
      return outputs.mul(tf.tensor3d(slopes, outputs.shape)).sum(); // has the gradient of the loss
    })(weightsOf(tf, network));
    let at = 0;
    for (const gradient of gradients) {
      into.set(gradient.dataSync(), at);
      at += gradient.size;
    }
    return mean;
  });
}

/** A network's weights as tensors, in the order of its parameters. */
function weightsOf(tf: Tf, { layers, members }: Network): tfjs.Tensor[] {
  return layers.flatMap(({ inputs, units, kernel, scale, bias }, index) => [
    index === layers.length - 1 ? tf.tensor3d(kernel, [members, inputs, units]) : tf.tensor2d(kernel, [inputs, units]),
    ...(scale.length > 0 ? [tf.tensor3d(scale, [1, members, units])] : []),
    tf.tensor3d(bias, [1, members, units]),
  ]);
}

/** Rows x members x outputs. */
function forward(
  tf: Tf,
  { layers, members }: Network,
  weights: readonly tfjs.Tensor[],
  inputs: Float32Array,
  rows: number,
  dropout: { rate: number; random: Random } | null,
): tfjs.Tensor3D {
  const left = weights.values();
  const next = (): tfjs.Tensor => left.next().value!;
  let values: tfjs.Tensor = tf.tensor2d(inputs, [rows, layers[0]!.inputs]);
  for (const [index, { inputs, units }] of layers.entries()) {
    const kernel = next();
    if (index === layers.length - 1) {
      // Each member has its own kernel: a sum over its inputs for each unit.
      return values
        .reshape([rows, members, inputs, 1])
        .mul(kernel.reshape([1, members, inputs, units]))
        .sum<tfjs.Tensor3D>(2)
        .add(next());
    }
    if (index === 0) values = tf.matMul(values as tfjs.Tensor2D, kernel as tfjs.Tensor2D).reshape([rows, 1, units]).mul(next()); // prettier-ignore
    else values = tf.matMul(values.reshape<tfjs.Tensor2D>([rows * members, inputs]), kernel as tfjs.Tensor2D).reshape([rows, members, units]); // prettier-ignore
    values = values.add(next()).relu();
    if (dropout && dropout.rate > 0) values = values.mul(maskOf(tf, [rows, members, units], dropout));
  }
  throw new Error('A network ends with a layer');
}

/** Dropped units are 0; the others are scaled up, so that scoring needs no change. */
function maskOf(tf: Tf, shape: [number, number, number], { rate, random }: { rate: number; random: Random }) {
  const mask = new Float32Array(shape[0] * shape[1] * shape[2]);
  for (let i = 0; i < mask.length; i++) if (random.uniform() >= rate) mask[i] = 1 / (1 - rate);
  return tf.tensor3d(mask, shape);
}
