import { loadTensorflow } from '../../../adapters/training/tensors.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import assert from 'node:assert/strict';

describe('TF.js backends', () => {
  for (const backend of ['wasm', 'cpu'] as const)
    it(`computes on ${backend} when asked to`, async () => {
      const tensors = await loadTensorflow({ wanted: backend });
      assert.equal(tensors.backend, backend);
      assert.match(tensors.version, /^4\./);
      assert.equal(tensors.tf.getBackend(), backend);
      assert.deepEqual([...(await tensors.tf.tensor1d([1, 2]).square().data())], [1, 4]);
    });

  it('refuses a backend that does not exist, and lists those that do', async () => {
    await assert.rejects(loadTensorflow({ wanted: 'cuda' }), (error) => {
      assert.ok(error instanceof UserError && error.code === 'CONFIG_INVALID');
      assert.match(error.message, /"cuda"; write native, wasm, cpu/);
      return true;
    });
  });

  it('does not take another backend for the one that was asked for', async () => {
    await assert.rejects(loadTensorflow({ wanted: 'native', nativeIn: ['/nonexistent'] }), /npm run native/);
  });
});
