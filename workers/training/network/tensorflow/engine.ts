import { adamStep } from './adam.ts';
import { gradients, logits } from './gradients.ts';
import { gradientsOfMembers, outputsOfMembers } from './members.ts';
import { type TrainingState } from '../checkpoint.ts';
import { type Engine, type EngineParts } from '../engine.ts';
import { lossFunction, outputsOf as outputsOfLoss } from '../loss.ts';
import { combinedLoss, combinedOutputs } from '../members.ts';
import { createNetwork, type Network } from '../network.ts';
import { recordsIn, slicesOf, unpack } from '../../rows/records.ts';
import { type Tensors } from '../../../../adapters/training/tensors.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { rowsAtOnce } from '../../../../core/model/preprocessing.ts';

/** The engine of record: the same sums by TF.js, one operation after the other, on so many rows at once at most. */
export function createTensorEngine(
  tensors: Tensors,
  { layout, plan, loss, rows }: EngineParts,
  most = rowsAtOnce(layout.width),
): Engine {
  const pool = recordsIn(new ArrayBuffer(rows * layout.words * 4), 0, rows, layout);
  const lossOf = lossFunction(loss);
  const network = createNetwork(layout.width, plan, outputsOfLoss(loss));
  const gradient = new Float32Array(network.parameters.length);
  let adam: TrainingState['adam'];
  let random = createRandom(0);

  const batchOf = (count: number, placeOf: (row: number) => number) => {
    const inputs = new Float32Array(count * layout.width);
    const labels = new Float32Array(count);
    for (let row = 0; row < count; row++) labels[row] = unpack(pool, placeOf(row), layout, inputs, row * layout.width);
    return { rows: count, inputs, labels };
  };
  const [outputsOf, gradientsOf] = plan.members > 0 ? [outputsOfMembers, gradientsOfMembers] : [logits, gradients];
  const outputs = (count: number, first = 0): Float32Array => {
    const { inputs } = batchOf(count, (row) => first + row);
    return combinedOutputs(outputsOf(tensors, network, inputs, count), plan.members, loss);
  };
  const gradientOf = (places: Uint32Array, into: Float32Array): number => {
    const batch = batchOf(places.length, (row) => places[row]!);
    return gradientsOf(tensors, network, batch, { rate: plan.dropout, random }, lossOf, into);
  };
  /** The mean loss of a batch, and its gradient. */
  function learn(places: Uint32Array): number {
    if (places.length <= most) return gradientOf(places, gradient);
    const part = new Float32Array(gradient.length);
    gradient.fill(0);
    let mean = 0;
    for (const [first, rows] of slicesOf(places.length, most)) {
      const share = rows / places.length;
      mean += share * gradientOf(places.subarray(first, first + rows), part);
      for (let i = 0; i < part.length; i++) gradient[i]! += share * part[i]!;
    }
    return mean;
  }

  return {
    backend: tensors.backend,
    pool,
    load(state) {
      network.parameters.set(state.parameters);
      adam = { ...state.adam, first: state.adam.first.slice(), second: state.adam.second.slice() };
    },
    save(state) {
      state.parameters.set(network.parameters);
      state.adam = { ...adam, first: adam.first.slice(), second: adam.second.slice() };
    },
    startEpoch(dropout) {
      random = dropout;
    },
    train(places, learningRate) {
      const mean = learn(places);
      if (plan.l2 > 0) addPenalty(network, plan.l2, gradient);
      for (const { kernel } of network.layers)
        for (let i = 0; i < kernel.length; i++) kernel[i]! -= learningRate * plan.decay * kernel[i]!;
      adamStep(adam, network.parameters, gradient, learningRate);
      return mean;
    },
    loss(count) {
      let sum = 0;
      for (const [first, rows] of slicesOf(count, most))
        sum += combinedLoss(outputs(rows, first), rows, (row) => pool.numbers[(first + row) * layout.words]!, loss);
      return sum;
    },
    outputs: (count) => outputs(count),
    end: () => Promise.resolve(),
  };
}

/** The gradient of l2 times the sum of squared weights; biases go free. */
function addPenalty({ layers }: Network, l2: number, gradient: Float32Array): void {
  const { kernel } = layers[0]!;
  for (let i = 0; i < kernel.length; i++) gradient[i]! += 2 * l2 * kernel[i]!;
}
