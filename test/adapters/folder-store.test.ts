import { createFolderStore } from '../../adapters/folder-store.ts';
import { folderPerTest } from '../support/folders.ts';
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the folder store', () => {
  const folder = folderPerTest();
  const root = () => join(folder(), 'the objects');
  const store = () => createFolderStore(pathToFileURL(root()).href);

  it('gives back what was put, as bytes and as files', async () => {
    await store().put('parts/a.bin', new Uint8Array([0, 255, 10]));
    await writeFile(join(folder(), 'from'), 'a file');
    await store().putFile('parts/b.txt', join(folder(), 'from'));

    assert.deepEqual([...(await store().get('parts/a.bin'))], [0, 255, 10]);
    await store().getFile('parts/b.txt', join(folder(), 'to'));
    assert.equal(await readFile(join(folder(), 'to'), 'utf8'), 'a file');
    assert.equal(await store().has('parts/a.bin'), true);
    assert.equal(await store().has('parts/c.bin'), false);
  });

  it('names key and folder of an object that is not there, and says what to do', async () => {
    const missing = {
      code: 'OBJECT_MISSING',
      message: /Object parts\/a\.bin is not in .*the objects\. Check OBJECT_STORE_URL/,
    };
    await assert.rejects(store().get('parts/a.bin'), missing);
    await assert.rejects(store().getFile('parts/a.bin', join(folder(), 'to')), missing);
  });

  it('keeps what the first writer of a key wrote', async () => {
    await store().put('k', bytes('first'));
    await store().put('k', bytes('second'));
    assert.equal(new TextDecoder().decode(await store().get('k')), 'first');
  });

  it('shows one of many concurrent writers whole, and keeps nothing of the others', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(texts.map((text) => store().put('k', bytes(text))));
    assert.ok(texts.includes(new TextDecoder().decode(await store().get('k'))));
    assert.deepEqual(await readdir(join(root(), '.incoming')), []);
  });

  it('leaves nothing of a write that failed', async () => {
    await assert.rejects(store().putFile('k', join(folder(), 'no such file')), { code: 'ENOENT' });
    assert.equal(await store().has('k'), false);
    assert.deepEqual(await readdir(join(root(), '.incoming')), []);
  });

  it('removes what a writer that was killed left a week ago, and not what is being written', async () => {
    const incoming = join(root(), '.incoming');
    await mkdir(incoming, { recursive: true });
    await writeFile(join(incoming, 'old'), '');
    await writeFile(join(incoming, 'new'), '');
    const longAgo = new Date(Date.now() - 8 * 86_400_000);
    await utimes(join(incoming, 'old'), longAgo, longAgo);
    await store().put('k', bytes('x'));
    assert.deepEqual(await readdir(incoming), ['new']);
  });

  for (const key of ['', '/etc/passwd', '../outside', 'a/../../b', 'a//b', 'a/', '.incoming/x', 'a\\b', 'a\0b'])
    it(`refuses the key ${JSON.stringify(key)}`, async () => {
      await assert.rejects(async () => store().put(key, bytes('x')), RangeError);
      await assert.rejects(async () => store().get(key), RangeError);
      await assert.rejects(async () => store().has(key), RangeError);
    });
});
