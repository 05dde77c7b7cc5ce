import { createFolderStore } from '../../../adapters/objects/folder-store.ts';
import { folderPerTest } from '../../support/folders.ts';
import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const bytes = (text: string) => new TextEncoder().encode(text);

// What every object store promises is in object-store.test.ts.
describe('the folder store', () => {
  const folder = folderPerTest();
  const root = () => join(folder(), 'the objects');
  const store = () => createFolderStore(pathToFileURL(root()).href);

  it('keeps nothing of writers that came too late or failed', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => store().put('k', bytes(String(i).repeat(100_000)))));
    await assert.rejects(store().putFile('j', join(folder(), 'no such file')), { code: 'ENOENT' });
    assert.deepEqual(await readdir(join(root(), '.incoming')), []);
  });

  it('removes what a killed writer left a week ago, and nothing that is being written', async () => {
    const incoming = join(root(), '.incoming');
    await mkdir(incoming, { recursive: true });
    await writeFile(join(incoming, 'old'), '');
    await writeFile(join(incoming, 'new'), '');
    const longAgo = new Date(Date.now() - 8 * 86_400_000);
    await utimes(join(incoming, 'old'), longAgo, longAgo);
    await store().put('k', bytes('x'));
    assert.deepEqual(await readdir(incoming), ['new']);
  });

  it('loses no write that arrives while an old object of the same key is deleted', async () => {
    const longAgo = new Date(Date.now() - 8 * 86_400_000);
    const old = new Date(Date.now() - 86_400_000);
    const began = performance.now();
    await store().put('k', bytes('x'));
    const put = performance.now() - began;
    /** Begins at a later moment of the put each time. */
    const deleteLater = async (share: number): Promise<void> => {
      for (const from = performance.now(); performance.now() < from + put * share;) await setImmediate();
      await store().delete('k', old);
    };
    for (let round = 0; round < 100; round++) {
      await store().put('k', bytes('x'));
      await utimes(join(root(), 'k'), longAgo, longAgo);
      await Promise.all([deleteLater(round / 100), store().put('k', bytes('x'))]);
      assert.equal((await store().get('k')).length, 1);
      assert.equal(await store().delete('k', old), false, 'it counts as written now');
    }
  });
});
