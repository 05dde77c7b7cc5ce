import { loadTensorflow, type Tensors } from '../../../../../adapters/training/tensors.ts';
import { createRandom } from '../../../../../core/base/random.ts';
import { classLoss, huber, logLoss } from '../../../../../workers/training/network/loss.ts';
import { createNetwork, initialise } from '../../../../../workers/training/network/network.ts';
import { gradients } from '../../../../../workers/training/network/tensorflow/gradients.ts';
import assert from 'node:assert/strict';

describe('the gradient of a network by TF.js', () => {
  let tensors: Tensors;
  before(async () => {
    tensors = await loadTensorflow({ wanted: 'cpu' }); // Float32 in plain JS: the other backends are held against it in training
  });

  for (const [name, hidden, rate] of [
    ['a logistic regression', [], 0],
    ['an mlp', [5, 4], 0],
    ['an mlp with dropout', [5, 4], 0.4],
  ] as const)
    for (const [ofWhat, lossOf] of Object.entries({ logLoss, huber: huber(1), classLoss }))
      it(`is the slope that finite differences measure, of ${name} and ${ofWhat}`, () => {
        const random = createRandom(11);
        const outputs = lossOf === classLoss ? 3 : 1;
        const network = createNetwork(3, { hidden }, outputs);
        initialise(network, [-0.8], random);
        for (let i = 0; i < network.parameters.length; i++) network.parameters[i]! += random.normal(0, 0.3);
        const rows = 40;
        const inputs = Float32Array.from({ length: rows * 3 }, () => random.normal());
        const labels = Float32Array.from({ length: rows }, () => random.integer(Math.max(2, outputs)));

        const into = new Float32Array(network.parameters.length);
        const loss = (gradient: Float32Array): number =>
          gradients(
            tensors,
            network,
            { rows, inputs, labels },
            { rate, random: createRandom('same mask') },
            lossOf,
            gradient,
          );
        loss(into);
        const unused = new Float32Array(into.length);
        const step = 1e-3;
        for (let i = 0; i < into.length; i++) {
          const kept = network.parameters[i]!;
          network.parameters[i] = kept + step;
          const above = loss(unused);
          network.parameters[i] = kept - step;
          const below = loss(unused);
          network.parameters[i] = kept;
          const measured = (above - below) / (2 * step);
          assert.ok(Math.abs(measured - into[i]!) < 2e-3, `parameter ${i}: measured ${measured}, computed ${into[i]}`);
        }
      });

  it('stays a number for logits that are far out', () => {
    const { loss, slopes } = logLoss(Float32Array.of(-800, 800, 800), Float32Array.of(0, 1, 0));
    assert.equal(Math.round(loss * 3), 800);
    assert.deepEqual([...slopes], [0, 0, Math.fround(1 / 3)]);
  });

  it('stays a number for classes that are far out', () => {
    const { loss, slopes } = classLoss(Float32Array.of(-800, 800, 0, 900, 0, 0), Float32Array.of(2, 0));
    assert.equal(loss, 400);
    assert.deepEqual([...slopes], [0, 0.5, -0.5, 0, 0, 0]);
  });
});
