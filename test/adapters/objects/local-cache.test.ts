import { createFolderStore } from '../../../adapters/objects/folder-store.ts';
import { createLocalCache, type LocalCacheOptions } from '../../../adapters/objects/local-cache.ts';
import { folderPerTest } from '../../support/folders.ts';
import { type ObjectStore } from '../../../core/data/objects/objects.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the local cache', () => {
  const folder = folderPerTest();
  let fetched: string[];
  const store = (): ObjectStore => {
    const inner = createFolderStore(pathToFileURL(join(folder(), 'store')).href);
    return {
      ...inner,
      getFile: (key, path) => {
        fetched.push(key);
        return inner.getFile(key, path);
      },
    };
  };
  /** A cache as a process would make it that starts now. */
  const aCache = (options: Partial<LocalCacheOptions> = {}) =>
    createLocalCache({ folder: join(folder(), 'cache'), store: store(), ...options });
  const put = async (objectKey: string, content: string) => {
    await store().put(objectKey, new TextEncoder().encode(content));
    return { objectKey, sha256: hashOf(content) };
  };
  beforeEach(() => void (fetched = []));

  it('fetches an object once, however often and by however many callers it is requested', async () => {
    const object = await put('parts/a', 'rows');
    const cache = aCache();
    const paths = await Promise.all(Array.from({ length: 10 }, () => cache.fetch(object)));
    paths.push(await cache.fetch(object), await aCache().fetch(object));

    assert.equal(new Set(paths).size, 1);
    assert.equal(await readFile(paths[0]!, 'utf8'), 'rows');
    assert.deepEqual(fetched, ['parts/a']);
  });

  it('shares one file between objects of the same bytes', async () => {
    const cache = aCache();
    assert.equal(await cache.fetch(await put('parts/a', 'rows')), await cache.fetch(await put('parts/b', 'rows')));
    assert.deepEqual(fetched, ['parts/a']);
  });

  it('refuses an object that does not match its hash, names both hashes, and keeps nothing of it', async () => {
    await put('parts/a', 'something else');
    const cache = aCache();
    for (let attempt = 0; attempt < 2; attempt++)
      await assert.rejects(cache.fetch({ objectKey: 'parts/a', sha256: hashOf('rows') }), {
        code: 'OBJECT_CORRUPT',
        message: new RegExp(
          `parts/a .*hash ${hashOf('something else')}, expected ${hashOf('rows')}.*Restore the object`,
        ),
      });
    assert.deepEqual(await readdir(join(folder(), 'cache', 'objects')), []);
    assert.deepEqual(await readdir(join(folder(), 'cache', 'work')), []);
  });

  it('tells of an object that does not match its hash, and restores it from a copy that does', async () => {
    const told: string[] = [];
    const cache = aCache({ onCorrupt: async (key) => void told.push(key) });
    const object = await put('parts/fraud/rows/a.parquet', 'rows');
    const stored = join(folder(), 'store', object.objectKey);
    await writeFile(stored, 'rots');
    await assert.rejects(cache.fetch(object), { message: /perennial run fraud data\. .* from a backup\.$/ });
    assert.deepEqual(told, [object.objectKey]);
    assert.equal(await cache.restore(object), false);

    await writeFile(stored, 'rows');
    assert.equal(await cache.restore(object), true, 'somebody else restored it');
    await writeFile(stored, 'rots');
    assert.equal(await cache.restore(object), true);
    assert.equal(await readFile(stored, 'utf8'), 'rows');

    await writeFile(await cache.fetch(object), 'rott');
    assert.equal(await cache.restore(object), true);
    assert.equal(await readFile(stored, 'utf8'), 'rows', 'a copy that rots is written nowhere');
    assert.equal(await cache.restore({ ...object, objectKey: 'parts/fraud/rows/gone.parquet' }), true);
    assert.equal(await cache.restore({ objectKey: 'parts/fraud/rows/b.parquet', sha256: hashOf('b') }), false);
  });

  it('reports that an object is missing, and finds it once it is back', async () => {
    const cache = aCache();
    const object = { objectKey: 'parts/a', sha256: hashOf('rows') };
    await assert.rejects(cache.fetch(object), { code: 'OBJECT_MISSING' });
    await put('parts/a', 'rows');
    assert.equal(await readFile(await cache.fetch(object), 'utf8'), 'rows');
  });

  it('fetches a file again that was corrupted on disk while no process ran', async () => {
    const object = await put('parts/a', 'rows');
    await writeFile(await aCache().fetch(object), 'rots');
    assert.equal(await readFile(await aCache().fetch(object), 'utf8'), 'rows');
  });

  it('fetches a file again that was truncated or removed under a running process', async () => {
    const object = await put('parts/a', 'rows');
    const cache = aCache();
    await writeFile(await cache.fetch(object), 'ro');
    assert.equal(await readFile(await cache.fetch(object), 'utf8'), 'rows');
  });

  it('evicts the least recently used objects when it is full, but none that was just used', async () => {
    const longAgo = (minutes: number) => new Date(Date.now() - 86_400_000 - minutes * 60_000);
    const cache = aCache({ maxBytes: 25 });
    const old = await cache.fetch(await put('old', 'o'.repeat(10)));
    const older = await cache.fetch(await put('older', 'p'.repeat(10)));
    await utimes(old, longAgo(1), longAgo(1));
    await utimes(older, longAgo(2), longAgo(2));
    const fresh = await cache.fetch(await put('fresh', 'f'.repeat(10)));
    assert.deepEqual([existsSync(older), existsSync(old), existsSync(fresh)], [false, true, true]);

    const large = await cache.fetch(await put('large', 'l'.repeat(30)));
    assert.deepEqual([existsSync(old), existsSync(fresh), existsSync(large)], [false, true, true]);
  });

  it('provides a folder to work in, and removes it even after a failure', async () => {
    const cache = aCache();
    let seen = '';
    await assert.rejects(
      cache.withFolder(async (own) => {
        seen = own;
        await writeFile(join(own, 'file'), 'x');
        throw new Error('no luck');
      }),
      /no luck/,
    );
    assert.equal(existsSync(seen), false);
    assert.equal(await cache.withFolder(async (own) => existsSync(own)), true);
  });
});
