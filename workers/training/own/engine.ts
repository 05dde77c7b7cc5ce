import { called, invalid, type Chain, type ChainParts } from './chain.ts';
import { startAdam } from '../network/checkpoint.ts';
import { type Engine, type EngineParts } from '../network/engine.ts';
import { lossFunction } from '../network/loss.ts';
import { adamStep } from '../network/tensorflow/adam.ts';
import { dropoutMask } from '../network/tensorflow/gradients.ts';
import { recordsIn, slicesOf, unpack } from '../rows/records.ts';
import { type Tensors } from '../../../adapters/training/tensors.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { createRandom, type Random } from '../../../core/base/random.ts';
import { rowsAtOnce } from '../../../core/model/preprocessing.ts';
import type * as tfjs from '@tensorflow/tfjs';

/** What TF.js says of a loss that no weight changes. */
const NO_GRADIENT = /gradient|connection between any variable/i;

interface Batch {
  rows: number;
  inputs: tfjs.Tensor2D;
  labels: Float32Array;
}

/** Trains a recipe's own layers: TF.js derives the gradients, and Adam is ours, so that a resumed training ends the same. */
export function createOwnEngine(
  tensors: Tensors,
  chain: Chain,
  { file, recipe, task }: ChainParts,
  { layout, loss, rows, decay }: Omit<EngineParts, 'plan'> & { decay: number },
): Engine {
  const { tf } = tensors;
  const pool = recordsIn(new ArrayBuffer(rows * layout.words * 4), 0, rows, layout);
  const usualLoss = lossFunction(loss);
  const parameters = new Float32Array(chain.size);
  const gradient = new Float32Array(chain.size);
  const learning = chain.weights.filter(({ isLearnt }) => isLearnt);
  const fixed = chain.weights.filter(({ isLearnt }) => !isLearnt);
  const variableOf = ({ variable }: (typeof learning)[number]) => variable.read() as tfjs.Variable;
  let adam = startAdam(chain.size);
  let random = createRandom(0);

  const batchOf = (count: number, placeOf: (row: number) => number): Batch => {
    const inputs = new Float32Array(count * layout.width);
    const labels = new Float32Array(count);
    for (let row = 0; row < count; row++) labels[row] = unpack(pool, placeOf(row), layout, inputs, row * layout.width);
    return { rows: count, inputs: tf.tensor2d(inputs, [count, layout.width]), labels };
  };
  const forward = ({ inputs }: Batch, dropout: Random | null): tfjs.Tensor2D =>
    chain.steps.reduce((from, { kind, layer, rate }): tfjs.Tensor2D => {
      if (kind !== 'dropout') return layer.apply(from, { training: dropout !== null }) as tfjs.Tensor2D;
      return dropout && rate > 0 ? from.mul(dropoutMask(tf, from.shape, { rate, random: dropout })) : from;
    }, inputs);
  const ownLoss = (predicted: tfjs.Tensor2D, { rows, labels }: Batch): tfjs.Scalar => {
    const batch = { ...task, predicted, labels: tf.tensor2d(labels, [rows, 1]) };
    const losses: unknown = called(file, 'loss', () => recipe.loss!(tf, batch));
    if (losses instanceof tf.Tensor && (losses.size === 1 || losses.size === rows)) return losses.mean();
    const shape = losses instanceof tf.Tensor ? `a tensor of [${losses.shape.join(', ')}]` : `${typeof losses}`;
    throw invalid(file, `its function "loss" must return a number for each of ${rows} rows or one, not ${shape}`);
  };

  /** What is minimised; and the loss by itself, which is reported. */
  function lossToLearnFrom(batch: Batch): { cost: tfjs.Scalar; mean: number } {
    const predicted = forward(batch, random);
    const penalties = chain.steps.flatMap(({ layer }) => layer.calculateLosses());
    const added = (cost: tfjs.Scalar): tfjs.Scalar => penalties.reduce((sum, penalty) => sum.add(penalty), cost);
    if (recipe.loss) {
      const cost = ownLoss(predicted, batch);
      return { cost: added(cost), mean: cost.dataSync()[0]! };
    }
    const { loss, slopes } = usualLoss(predicted.dataSync() as Float32Array, batch.labels);
    // Not the loss, but it has its gradient.
    return { cost: added(predicted.mul(tf.tensor2d(slopes, predicted.shape)).sum()), mean: loss };
  }

  function derived(cost: () => tfjs.Scalar): Record<string, tfjs.Tensor | null> {
    try {
      return tf.variableGrads(cost, learning.map(variableOf)).grads;
    } catch (error) {
      if (!recipe.loss || !NO_GRADIENT.test(messageOf(error))) throw error;
      throw invalid(file, `its function "loss" has no gradient by what is predicted: ${messageOf(error)}`);
    }
  }

  function gradients(batch: Batch): number {
    let mean = 0;
    const grads = derived(() => {
      const { cost, mean: found } = lossToLearnFrom(batch);
      mean = found;
      return cost;
    });
    gradient.fill(0);
    for (const weight of learning) {
      const slope = grads[variableOf(weight).name];
      if (slope) gradient.set(slope.dataSync(), weight.at);
    }
    return mean;
  }

  const toVariables = (): void =>
    tf.tidy(() => {
      for (const { variable, at, length } of chain.weights)
        variable.write(tf.tensor(parameters.slice(at, at + length), variable.shape as number[]));
    });
  const outputs = (count: number): Float32Array =>
    tf.tidy(() => forward(batchOf(count, (row) => row), null).dataSync().slice() as Float32Array); // prettier-ignore

  return {
    backend: tensors.backend,
    pool,
    load(state) {
      parameters.set(state.parameters);
      adam = { ...state.adam, first: state.adam.first.slice(), second: state.adam.second.slice() };
      toVariables();
    },
    save(state) {
      state.parameters.set(parameters);
      state.adam = { ...adam, first: adam.first.slice(), second: adam.second.slice() };
    },
    startEpoch(dropout) {
      random = dropout;
    },
    train(places, learningRate) {
      const mean = tf.tidy(() => gradients(batchOf(places.length, (row) => places[row]!)));
      // What a normalisation has seen, it keeps by itself.
      for (const { variable, at } of fixed) parameters.set(variable.read().dataSync(), at);
      for (const { at, length, isKernel } of learning)
        if (isKernel) for (let i = at; i < at + length; i++) parameters[i]! -= learningRate * decay * parameters[i]!;
      adamStep(adam, parameters, gradient, learningRate);
      toVariables();
      return mean;
    },
    loss(count) {
      let sum = 0;
      for (const [first, rows] of slicesOf(count, rowsAtOnce(layout.width)))
        sum += tf.tidy(() => {
          const batch = batchOf(rows, (row) => first + row);
          const predicted = forward(batch, null);
          if (recipe.loss) return rows * ownLoss(predicted, batch).dataSync()[0]!;
          return rows * usualLoss(predicted.dataSync() as Float32Array, batch.labels).loss;
        });
      return sum;
    },
    outputs,
    end: () => Promise.resolve(),
  };
}
