import { createLocalCache } from '../../../adapters/objects/local-cache.ts';
import { createFolderStore } from '../../../adapters/objects/folder-store.ts';
import { createS3Store } from '../../../adapters/objects/s3-store.ts';
import { hashFile } from '../../../adapters/objects/hash-file.ts';
import { type ObjectStore } from '../../../core/data/objects/objects.ts';
import { folderPerTest } from '../../support/folders.ts';
import { bucketForSuite, s3Servers } from '../../support/outside/bucket.ts';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (found: Uint8Array) => new TextDecoder().decode(found);
async function allOf<T>(some: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of some) all.push(each);
  return all;
}

/** What the port promises, for every adapter; `where` is how its errors name the place. */
function keepsThePromise(store: () => ObjectStore, folder: () => string, where: RegExp): void {
  it('returns what was put, as bytes and as files', async () => {
    await store().put('parts/a.bin', new Uint8Array([0, 255, 10]));
    await writeFile(join(folder(), 'from'), 'a file');
    await store().putFile('parts/b.txt', join(folder(), 'from'));

    assert.deepEqual([...(await store().get('parts/a.bin'))], [0, 255, 10]);
    await store().getFile('parts/b.txt', join(folder(), 'to'));
    assert.equal(await readFile(join(folder(), 'to'), 'utf8'), 'a file');
    assert.equal(await store().has('parts/a.bin'), true);
    assert.equal(await store().has('parts/c.bin'), false);
  });

  it('stores only the viewed part of a buffer, and an empty object as empty', async () => {
    await store().put('part', bytes('before after').subarray(7));
    await store().put('empty', new Uint8Array());
    await writeFile(join(folder(), 'empty'), '');
    await store().putFile('empty file', join(folder(), 'empty'));
    assert.equal(text(await store().get('part')), 'after');
    assert.equal((await store().get('empty')).length, 0);
    await store().getFile('empty file', join(folder(), 'to'));
    assert.equal(await readFile(join(folder(), 'to'), 'utf8'), '');
  });

  it('accepts any key that could be a path', async () => {
    for (const key of ['a b+c&d=é%20/~(1).parquet', 'pipeline=fraud/day=2026-01-19T02:00Z']) {
      await store().put(key, bytes(key));
      assert.equal(text(await store().get(key)), key);
    }
  });

  it('names key and place of a missing object, says what to do, and leaves no file', async () => {
    const missing = {
      code: 'OBJECT_MISSING',
      message: new RegExp(`parts/a\\.bin is not in .*${where.source}.*OBJECT_STORE_URL`),
    };
    const target = join(folder(), 'to');
    await assert.rejects(store().get('parts/a.bin'), missing);
    await assert.rejects(store().getFile('parts/a.bin', target), missing);
    assert.equal(existsSync(target), false);
  });

  it('keeps what the first writer of a key wrote', async () => {
    await writeFile(join(folder(), 'third'), 'third');
    await store().put('k', bytes('first'));
    await store().put('k', bytes('second'));
    await store().putFile('k', join(folder(), 'third'));
    assert.equal(text(await store().get('k')), 'first');
  });

  it('replaces an object when asked, and shows readers the former or the new one, each whole', async () => {
    const [former, next] = ['f'.repeat(3_000_000), 'n'.repeat(2_000_000)];
    await writeFile(join(folder(), 'next'), next);
    await store().put('k', bytes(former));
    const found = new Set<string>();
    const reading = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) found.add(text(await store().get('k')));
    };
    await Promise.all([reading(), reading(), store().replaceFile('k', join(folder(), 'next'))]);
    assert.ok([...found].every((each) => each === former || each === next));
    assert.equal(text(await store().get('k')), next);
    await store().replaceFile('l', join(folder(), 'next'));
    assert.equal(text(await store().get('l')), next, 'also one that is gone');
  });

  it('shows the whole object of one of many concurrent writers', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i).repeat(3_000_000));
    await writeFile(join(folder(), 'from'), 'z'.repeat(9_000_000));
    await Promise.all([
      ...texts.slice(0, 10).map((each) => store().put('k', bytes(each))),
      ...texts.map(() => store().putFile('k', join(folder(), 'from'))),
      ...texts.slice(10).map((each) => store().put('k', bytes(each))),
    ]);
    const kept = text(await store().get('k'));
    assert.ok(texts.includes(kept) || kept === 'z'.repeat(9_000_000));
  });

  it('lets one of many concurrent writers win and never overwrites it', async () => {
    const key = (i: number) => `keys/${i}`;
    const writes = Array.from({ length: 80 }, async (_, i) => {
      await store().put(key(i % 20), bytes(`of ${i}`.padEnd(i % 2 === 0 ? 10 : 200_000)));
      return text(await store().get(key(i % 20)));
    });
    const found = await Promise.all(writes);
    assert.deepEqual(
      found,
      found.map((_, i) => found[i % 20]),
    );
    for (let i = 0; i < 20; i++) assert.equal(text(await store().get(key(i))), found[i]);
  });

  it('lists what lies in a folder, with sizes and times of writing', async () => {
    const keys = ['parts/fraud/a.bin', 'parts/fraud/deep/a b+c&d=é%20/~(1).bin', 'parts/frauds.bin', 'reports/a.html'];
    for (const key of keys) await store().put(key, bytes(key));
    const listed = async (of: string) => (await allOf(store().list(of))).sort((a, b) => (a.key < b.key ? -1 : 1));
    const found = await listed('parts/fraud/');
    assert.deepEqual(
      found.map(({ key, sizeBytes }) => [key, sizeBytes]),
      [keys[0]!, keys[1]!].map((key) => [key, bytes(key).length]),
    );
    for (const { modifiedAt } of found)
      assert.ok(Math.abs(Date.now() - modifiedAt.getTime()) < 60_000, modifiedAt.toISOString());
    assert.equal((await listed('parts/')).length, 3);
    assert.deepEqual(await listed('nothing/'), []);
    await assert.rejects(() => listed('parts'), RangeError);
    await assert.rejects(() => listed('../'), RangeError);
  });

  it('lists more objects than fit one answer', async () => {
    const keys = Array.from({ length: 1_100 }, (_, i) => `parts/${String(i).padStart(4, '0')}`);
    while (keys.length > 0) await Promise.all(keys.splice(0, 100).map((key) => store().put(key, bytes('x'))));
    const found = new Set<string>();
    for await (const { key } of store().list('parts/')) found.add(key);
    assert.equal(found.size, 1_100);
  });

  it('deletes an object not written since it was listed, and keeps one that was, even with equal bytes', async () => {
    const hour = 3_600_000;
    const at = (milliseconds: number) => new Date(Date.now() + milliseconds);
    await writeFile(join(folder(), 'from'), 'a');
    for (const key of ['k/a', 'k/b']) await store().put(key, bytes('a'));
    assert.equal(await store().delete('k/a', at(-hour)), false);
    assert.equal(await store().delete('k/b', at(hour)), true);
    assert.equal(await store().delete('k/b', at(hour)), false, 'it is gone');
    for await (const { key } of store().aside('k/')) await store().forget(key);
    assert.deepEqual([await store().has('k/a'), await store().has('k/b')], [true, false]);
    await store().put('k/b', bytes('b'));
    assert.equal(text(await store().get('k/b')), 'b', 'nothing is left of the one before');
    assert.equal(await store().delete('k/b', at(hour)), true);

    const writtenAt = async () => {
      for await (const { modifiedAt } of store().list('k/')) return modifiedAt;
      return assert.fail('it is not listed');
    };
    for (const write of [() => store().put('k/a', bytes('a')), () => store().putFile('k/a', join(folder(), 'from'))]) {
      const before = await writtenAt();
      do await write();
      while ((await writtenAt()) <= before);
      assert.equal(text(await store().get('k/a')), 'a');
    }
  });

  it('leaves nothing of a write that failed', async () => {
    await assert.rejects(store().putFile('k', join(folder(), 'no such file')), { code: 'ENOENT' });
    assert.equal(await store().has('k'), false);
  });

  it('lends its objects to the local cache', async () => {
    await writeFile(join(folder(), 'from'), 'a part');
    const { sha256 } = await hashFile(join(folder(), 'from'));
    await store().putFile(`parts/${sha256}`, join(folder(), 'from'));
    const cache = createLocalCache({ folder: join(folder(), 'cache'), store: store() });
    assert.equal(await readFile(await cache.fetch({ objectKey: `parts/${sha256}`, sha256 }), 'utf8'), 'a part');
  });

  for (const key of ['', '/etc/passwd', '../outside', 'a/../../b', 'a//b', 'a/', '.incoming/x', 'a\\b', 'a\0b'])
    it(`refuses the key ${JSON.stringify(key)}`, async () => {
      await writeFile(join(folder(), 'from'), 'x');
      await assert.rejects(async () => store().put(key, bytes('x')), RangeError);
      await assert.rejects(async () => store().putFile(key, join(folder(), 'from')), RangeError);
      await assert.rejects(async () => store().get(key), RangeError);
      await assert.rejects(async () => store().has(key), RangeError);
      await assert.rejects(async () => store().delete(key, new Date()), RangeError);
    });
}

describe('an object store in a folder', () => {
  const folder = folderPerTest();
  const store = () => createFolderStore(pathToFileURL(join(folder(), 'the objects')).href);
  keepsThePromise(store, folder, /the objects/);
});

for (const [name, s3Server] of Object.entries(s3Servers))
  describe(`an object store in a bucket of ${name}`, () => {
    const folder = folderPerTest();
    const bucket = bucketForSuite(s3Server);
    keepsThePromise(() => bucket.store(), folder, /bucket test-\d+ at http:\/\/127\.0\.0\.1:\d+/);

    it('keeps another installation under another prefix apart', async () => {
      await bucket.store({ prefix: 'team-a' }).put('k', bytes('of a'));
      await bucket.store({ prefix: 'team-b' }).put('k', bytes('of b'));
      assert.equal(text(await bucket.store({ prefix: 'team-a' }).get('k')), 'of a');
      assert.equal(text(await bucket.store().get('team-b/k')), 'of b');
    });

    it('loses nothing written between the look and the deletion: it stays readable until it is forgotten', async () => {
      const key = 'parts/a b+c&d=é%20/~(1).parquet';
      await writeFile(join(folder(), 'from'), 'a part');
      await bucket.store().putFile(key, join(folder(), 'from'));
      const road = await holdsDeletions(bucket.server().endpoint, () =>
        bucket.store().putFile(key, join(folder(), 'from')),
      );
      try {
        const inAnHour = new Date(Date.now() + 3_600_000);
        assert.equal(await bucket.store({ endpoint: road.endpoint }).delete(key, inAnHour), true);
      } finally {
        await road.close();
      }
      const store = bucket.store();
      assert.equal(await store.has(key), true);
      assert.equal(text(await store.get(key)), 'a part');
      await store.getFile(key, join(folder(), 'to'));
      assert.equal(await readFile(join(folder(), 'to'), 'utf8'), 'a part');

      const [aside, ...others] = await allOf(store.aside('parts/'));
      assert.deepEqual([aside!.key, aside!.sizeBytes, others], [key, 6, []]);
      assert.deepEqual(await allOf(store.list('parts/')), []);
      await store.forget(key);
      assert.equal(await store.has(key), false);
      await assert.rejects(store.get(key), { code: 'OBJECT_MISSING' });
    });

    const refusals: [string, object, RegExp][] = [
      [
        'a bucket that is not there',
        { bucket: 'no-such' },
        /has no bucket no-such\. Create it .* or correct OBJECT_STORE_URL/,
      ],
      [
        'a key that nobody knows',
        { accessKey: 'nobody' },
        /bucket test-\d+ \(InvalidAccessKeyId.*Check S3_ACCESS_KEY and S3_SECRET_KEY/,
      ],
      ['a wrong secret', { secretKey: 'wrong-wrong' }, /SignatureDoesNotMatch.*Check S3_ACCESS_KEY and S3_SECRET_KEY/],
    ];
    for (const [what, change, message] of refusals)
      it(`says what to do about ${what}, without revealing the secret`, async () => {
        const refused = async (work: Promise<unknown>): Promise<void> => {
          const error = await work.then(
            () => assert.fail('it was accepted'),
            (caught: Error & { code: string }) => caught,
          );
          assert.equal(error.code, 'OBJECT_STORE_REFUSED', error.message);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /a-secret-of-tests|wrong-wrong/);
        };
        await refused(bucket.store(change).put('k', bytes('x')));
        await refused(bucket.store(change).get('k'));
      });

    it('keeps what was written when its server is killed and started again', async () => {
      await bucket.store().put('k', bytes('written'));
      await bucket.killAndRestart();
      assert.equal(text(await bucket.store().get('k')), 'written');
      await bucket.store().put('k', bytes('again'));
      await bucket.store().put('l', bytes('more'));
      assert.equal(text(await bucket.store().get('k')), 'written');
    });

    it('sends and fetches a file again when the connection breaks half-way, and never shows a part of it', async () => {
      const sent = Buffer.alloc(5_000_000, 'abcdefg');
      await writeFile(join(folder(), 'from'), sent);
      const road = await cutsOnce(bucket.server().endpoint);
      try {
        const store = bucket.store({ endpoint: road.endpoint });
        road.cutNext('up');
        await store.putFile('k', join(folder(), 'from'));
        assert.equal(road.cuts(), 1);
        assert.ok(sent.equals(await bucket.store().get('k')));

        road.cutNext('down');
        await store.getFile('k', join(folder(), 'to'));
        road.cutNext('down');
        assert.ok(sent.equals(await store.get('k')));
        assert.equal(road.cuts(), 3);
        assert.ok(sent.equals(await readFile(join(folder(), 'to'))));
      } finally {
        await road.close();
      }
    });

    it('reports that nothing answers, which a later attempt may resolve', async () => {
      const away = bucket.store({ endpoint: 'http://127.0.0.1:1' });
      const unreachable = {
        code: 'OBJECT_STORE_UNREACHABLE',
        message: /http:\/\/127\.0\.0\.1:1 does not answer.*ECONNREFUSED.*S3_ENDPOINT/,
      };
      const noTls = bucket.store({ endpoint: bucket.server().endpoint.replace('http:', 'https:') });
      await Promise.all([
        assert.rejects(away.get('k'), unreachable),
        assert.rejects(away.put('k', bytes('x')), unreachable),
        assert.rejects(away.has('k'), unreachable),
        assert.rejects(noTls.get('k'), { code: 'OBJECT_STORE_UNREACHABLE' }),
      ]);
    });
  });

describe('an object store in a bucket that is sent more than fits one request', () => {
  const folder = folderPerTest();
  const place = { bucket: 'ours', prefix: '', endpoint: 'http://127.0.0.1:9', region: 'us-east-1' };
  const settings = { ...place, accessKey: 'key', secretKey: 'secret' };

  it('accepts 5 GiB in one request, as S3 does, and not a byte more', async () => {
    const file = join(folder(), 'from');
    await writeFile(file, '');
    for (const [extraBytes, code] of [
      [0, 'OBJECT_STORE_UNREACHABLE'],
      [1, 'OBJECT_STORE_REFUSED'],
    ] as const) {
      await truncate(file, 5 * 1024 ** 3 + extraBytes); // holes, which take no room
      await assert.rejects(createS3Store(settings).putFile('k', file), { code });
    }
  });

  it('refuses more with both sizes and what to do, before it calls the store', async () => {
    const store = createS3Store(settings, { largestBytes: 10 });
    const refused = {
      code: 'OBJECT_STORE_REFUSED',
      message: /parts\/k has 11 bytes.*can have at most 10\. Make it smaller/,
    };
    await writeFile(join(folder(), 'from'), 'x'.repeat(11));
    await assert.rejects(store.putFile('parts/k', join(folder(), 'from')), refused);
    await assert.rejects(store.put('parts/k', bytes('x'.repeat(11))), refused);
    await assert.rejects(store.put('parts/k', bytes('x'.repeat(10))), { code: 'OBJECT_STORE_UNREACHABLE' });
  });
});

describe('an object store in a bucket of another region', () => {
  it('says which setting is wrong', async () => {
    const body =
      '<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong; expecting eu-west-1</Message></Error>';
    const server = createHttpServer((_request, answer) => answer.writeHead(400).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const store = createS3Store({
        bucket: 'ours',
        prefix: '',
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        region: 'us-east-1',
        accessKey: 'key',
        secretKey: 'secret',
      });
      const refused = { code: 'OBJECT_STORE_REFUSED', message: /AuthorizationHeaderMalformed.*eu-west-1.*S3_REGION/ };
      await assert.rejects(store.put('k', bytes('x')), refused);
      await assert.rejects(store.get('k'), refused);
    } finally {
      server.close();
    }
  });
});

/** A road to a server on which a deletion waits until `meanwhile` is done. */
async function holdsDeletions(endpoint: string, meanwhile: () => Promise<unknown>) {
  const { hostname, port } = new URL(endpoint);
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const pass = async (chunk: Buffer): Promise<void> => {
      if (chunk.subarray(0, 7).toString() === 'DELETE ') await meanwhile();
      far.write(chunk);
    };
    near.on('error', () => undefined).on('close', () => far.destroy());
    near.on('data', (chunk: Buffer) => void pass(chunk));
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** A road to a server that cuts a connection after a megabyte when told to, once. */
async function cutsOnce(endpoint: string) {
  const { hostname, port } = new URL(endpoint);
  const open = new Set<Socket>();
  let next: 'up' | 'down' | null = null;
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to, way] of [
      [near, far, 'up'],
      [far, near, 'down'],
    ] as const) {
      let bytes = 0;
      open.add(from);
      from.on('error', () => undefined).on('close', () => to.destroy());
      from.on('data', (chunk) => {
        bytes += chunk.length;
        if (next !== way || bytes < 1_000_000) return void to.write(chunk);
        next = null;
        cuts += 1;
        near.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutNext: (way: 'up' | 'down') => void (next = way),
    cuts: () => cuts,
    close: () => new Promise((resolve) => (open.forEach((socket) => socket.destroy()), server.close(resolve))),
  };
}
