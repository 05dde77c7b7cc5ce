import { createObjectStore } from '../../../../adapters/objects/object-store.ts';
import { createStoredBundles } from '../../../../adapters/temporal/bundles/stored-bundles.ts';
import { sdkVersion } from '../../../../adapters/temporal/bundles/bundle.ts';
import { bundleKey } from '../../../../core/data/objects/object-keys.ts';
import { folderPerTest } from '../../../support/folders.ts';
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

describe('the stored code of a version', () => {
  const folder = folderPerTest();

  it('is checked whenever its release starts, and stored again if it was deleted', async () => {
    const store = createObjectStore({ objectStoreUrl: pathToFileURL(join(folder(), 'objects')).href, s3: {} as never });
    const hashes = new Map<string, string>();
    const { keep, fetch } = createStoredBundles(store, {
      hashOf: async (build) => hashes.get(build) ?? null,
      keepHash: async (build, hash) => void hashes.set(build, hash),
    });
    const bundle = { build: 'b1', codePath: join(folder(), 'b1.js') };
    writeFileSync(bundle.codePath, 'the code');
    await keep(bundle);
    await keep(bundle);

    const object = join(folder(), 'objects', bundleKey(sdkVersion, 'b1', hashes.get('b1')!));
    rmSync(object);
    writeFileSync(object, 'changed by hand');
    await assert.rejects(keep(bundle), {
      code: 'OBJECT_CORRUPT',
      message: /version b1 of the workflows.*Find out who/,
    });

    rmSync(object);
    await keep(bundle);
    const copy = join(folder(), 'copy.js');
    assert.deepEqual(await fetch('b1', copy), { checked: true });
    assert.equal(readFileSync(copy, 'utf8'), 'the code');
  });
});
