import { candidateSchema, planOf } from '../../../../core/recipes/index.ts';
import { type NetworkPlan } from '../../../../core/recipes/recipe.ts';
import { epochsOf, learningRateAt } from '../../../../workers/training/network/schedule.ts';
import { aLogistic, anMlp } from '../../../support/data/training-data.ts';
import assert from 'node:assert/strict';

const planned = (epochs: number): NetworkPlan =>
  planOf(anMlp({ epochs, batchSize: 500, learningRate: 0.01 })) as NetworkPlan;

describe('how long and how fast a network learns', () => {
  it('has as many epochs as were declared', () => {
    assert.deepEqual([epochsOf(planned(3), 100), epochsOf(planned(40), 1_000_000)], [3, 40]);
  });

  it('of an mlp is stored as earlier releases stored it, so that a declaration keeps its revision', () => {
    assert.deepEqual(candidateSchema.parse({ kind: 'mlp', name: 'mlp' }), {
      kind: 'mlp',
      name: 'mlp',
      epochs: 8,
      batchSize: 512,
      learningRate: 0.003,
      hidden: [64, 32],
      dropout: 0.1,
    });
  });

  it('has more epochs of a small table where none were declared, but not without end', () => {
    const undeclared = planned(8); // what such a declaration has always been stored with
    assert.deepEqual(
      [2, 10_000, 20_000, 1_000_000].map((rows) => epochsOf(undeclared, rows)),
      [40, 40, 20, 16],
    );
  });

  it('warms up to the declared learning rate, then slows down to nothing', () => {
    const rates = Array.from({ length: 100 }, (_, step) => learningRateAt(planned(3), step, 100));
    assert.ok(rates[0]! < 0.0021 && rates[4]! > 0.0099 && rates[5]! > rates[50]! && rates[99]! < 1e-5);
    assert.equal(Math.max(...rates), rates[4]);
  });

  it('stays at one learning rate where a linear model is trained in batches', () => {
    const plan = planOf({ ...aLogistic(), engine: 'tfjs' } as never) as NetworkPlan;
    assert.deepEqual([learningRateAt(plan, 0, 10), learningRateAt(plan, 9, 10)], [0.01, 0.01]);
  });
});
