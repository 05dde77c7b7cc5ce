import { userCacheFolder } from '../../../adapters/machine/cache-folder.ts';
import { loadTensorflow } from '../../../adapters/training/tensors.ts';
import { UserError } from '../../../core/base/errors.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';

describe('TF.js backends', () => {
  for (const backend of ['wasm', 'cpu'] as const)
    it(`computes on ${backend} when asked to`, async () => {
      const tensors = await loadTensorflow(backend);
      assert.equal(tensors.backend, backend);
      assert.match(tensors.version, /^4\./);
      assert.equal(tensors.tf.getBackend(), backend);
      assert.deepEqual([...(await tensors.tf.tensor1d([1, 2]).square().data())], [1, 4]);
    });

  it('refuses a backend that does not exist, and lists those that do', async () => {
    await assert.rejects(loadTensorflow('cuda'), (error) => {
      assert.ok(error instanceof UserError && error.code === 'CONFIG_INVALID');
      assert.match(error.message, /"cuda"; write native, wasm, cpu/);
      return true;
    });
  });

  it('does not take another backend for the one that was asked for', async () => {
    const cache = process.env['XDG_CACHE_HOME'];
    process.env['XDG_CACHE_HOME'] = '/nonexistent';
    try {
      await assert.rejects(loadTensorflow('native'), /npm run native/);
    } finally {
      if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
      else process.env['XDG_CACHE_HOME'] = cache;
    }
  });
});

describe("the user's cache folder", () => {
  it('follows XDG_CACHE_HOME', () => {
    assert.equal(userCacheFolder({ XDG_CACHE_HOME: '/somewhere' }), join('/somewhere', 'perennial'));
  });
});
