import {
  batchPartKey,
  bundleKey,
  checkpointKey,
  modelKey,
  objectFolders,
  partKey,
  partsOfKey,
  reportKey,
  runOfCheckpoint,
  trainingSetKey,
} from '../../../../core/data/objects/object-keys.ts';
import assert from 'node:assert/strict';

const sha256 = '0123456789abcdef'.repeat(4);

describe('the keys of objects', () => {
  /** One of each, as it has been stored since the first release. */
  const keys = {
    [partKey('fraud', 'rows', sha256)]: `parts/fraud/rows/${sha256}.parquet`,
    [trainingSetKey('fraud', sha256)]: `training-sets/fraud/${sha256}.parquet`,
    [checkpointKey('fraud-run-1', 'mlp', sha256)]: `checkpoints/fraud-run-1/mlp/${sha256}.json`,
    [modelKey('fraud', sha256)]: `models/fraud/${sha256}.json`,
    [batchPartKey('fraud', 'b1', sha256)]: `batches/fraud/b1/${sha256}.parquet`,
    [reportKey('fraud', { verdict: 'd1' }, sha256)]: 'reports/fraud/drift/d1/0123456789abcdef.html',
    [reportKey('fraud', { snapshot: 's1' }, sha256)]: 'reports/fraud/quality/s1/0123456789abcdef.html',
    [reportKey('fraud', { version: 3 }, sha256)]: 'reports/fraud/models/v3/0123456789abcdef.html',
    [bundleKey('1.24.0', 'b1', null)]: 'bundles/1.24.0/b1.js',
    [bundleKey('1.24.0', 'b1', sha256)]: `bundles/1.24.0/b1/${sha256}.js`,
  };

  it('never change: what was stored under them must be found', () => {
    for (const [key, stored] of Object.entries(keys)) assert.equal(key, stored);
  });

  it('lie in the folders that care sweeps, except the code of versions, which no row names', () => {
    const folders = new Set(Object.keys(keys).map((key) => partsOfKey(key)[0]!));
    assert.deepEqual([...folders], [...objectFolders, 'bundles']);
  });

  it('tell which training run a checkpoint belongs to', () => {
    assert.equal(runOfCheckpoint(checkpointKey('fraud-run-1', 'mlp', sha256)), 'fraud-run-1');
    assert.equal(runOfCheckpoint(modelKey('checkpoints', sha256)), null);
  });
});
