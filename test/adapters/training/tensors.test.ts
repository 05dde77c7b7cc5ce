import { loadTensorflow } from '../../../adapters/training/tensors.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import assert from 'node:assert/strict';

describe('a TF.js backend', () => {
  for (const backend of ['wasm', 'cpu'] as const)
    it(`${backend} is used when it is requested`, async () => {
      const tensors = await loadTensorflow({ wanted: backend });
      assert.equal(tensors.backend, backend);
      assert.match(tensors.version, /^4\./);
      assert.equal(tensors.tf.getBackend(), backend);
      assert.deepEqual([...(await tensors.tf.tensor1d([1, 2]).square().data())], [1, 4]);
    });

  it('that does not exist is refused with a list of those that do', async () => {
    await assert.rejects(loadTensorflow({ wanted: 'cuda' }), (error) => {
      assert.ok(error instanceof UserError && error.code === 'CONFIG_INVALID');
      assert.match(error.message, /"cuda"; write native, wasm, cpu/);
      return true;
    });
  });

  it('that was requested is never replaced by another', async () => {
    await assert.rejects(loadTensorflow({ wanted: 'native', nativeIn: ['/nonexistent'] }), /npm run native/);
  });
});
