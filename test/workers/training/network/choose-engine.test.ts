import { aJob, anMlp } from '../../../support/data/training-data.ts';
import { type Encoding } from '../../../../core/model/artifact.ts';
import { planOf } from '../../../../core/recipes/index.ts';
import { type NetworkPlan } from '../../../../core/recipes/recipe.ts';
import { loadTensorflow, type Tensors } from '../../../../adapters/training/tensors.ts';
import { createEngineFor } from '../../../../workers/training/network/choose-engine.ts';
import { layoutOf } from '../../../../workers/training/rows/records.ts';
import assert from 'node:assert/strict';

const encodings: Encoding[] = [
  { kind: 'number', column: 'x', transform: 'identity', median: 0, mean: 0, deviation: 1, flagMissing: false },
];

describe('what trains a network', () => {
  let tensors: Tensors;
  before(async () => {
    tensors = await loadTensorflow({ wanted: 'cpu' });
  });

  async function chosen(
    options: Partial<Parameters<typeof anMlp>[0]>,
    { insistsOnTensorflow = false, backend }: { insistsOnTensorflow?: boolean; backend?: Tensors['backend'] } = {},
  ): Promise<string> {
    const candidate = anMlp(options);
    const parts = {
      layout: layoutOf(encodings),
      plan: planOf(candidate) as NetworkPlan,
      loss: 'entropy' as const,
      rows: 4,
    };
    const log: string[] = [];
    const { engine, tensors: used } = await createEngineFor(aJob({ folder: '', candidate }), parts, {
      tensors: async () => {
        if (!backend) throw new Error('TF.js is not needed');
        return { ...tensors, backend };
      },
      insistsOnTensorflow,
      events: { progress: () => {}, checkpoint: () => {}, log: (line) => log.push(line), check: () => {} },
    });
    assert.equal(used !== null, engine.backend !== 'kernel');
    assert.equal(log.length, engine.backend === 'kernel' ? 1 : 0);
    return engine.backend;
  }

  it('is our kernel, without TF.js being loaded', async () => {
    assert.equal(await chosen({}), 'kernel');
  });

  it('is TF.js where the candidate or the operator asks for it', async () => {
    assert.equal(await chosen({ engine: 'tfjs' }, { backend: 'wasm' }), 'wasm');
    assert.equal(await chosen({}, { insistsOnTensorflow: true, backend: 'cpu' }), 'cpu');
  });

  it('is native TF.js for a large network, where that is installed', async () => {
    const hidden = [800, 800];
    assert.equal(await chosen({ hidden }, { backend: 'native' }), 'native');
    assert.equal(await chosen({ hidden }, { backend: 'wasm' }), 'kernel');
    assert.equal(await chosen({ hidden: [400, 400] }, { backend: 'native' }), 'kernel');
  });
});
