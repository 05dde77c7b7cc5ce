import { createS3Store, ensureBucket, type S3Settings } from '../../../adapters/objects/s3-store.ts';
import { type ObjectStore } from '../../../core/data/objects/objects.ts';
import { freePort } from '../../../local/stack/tcp-ports.ts';
import { findMinio, startMinio } from '../../../local/toolchain/tools/minio.ts';
import { type ObjectServer, type ObjectServerOptions } from '../../../local/toolchain/tools/object-server.ts';
import { findSeaweedfs, startSeaweedfs } from '../../../local/toolchain/tools/seaweedfs.ts';
import { skip } from '../skipped.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface S3Server {
  /** Null where it is not to be had, which is no fault. */
  find(): Promise<string | null>;
  start(options: ObjectServerOptions): Promise<ObjectServer>;
}

/** The S3 servers that the object store is tested with: one always, the other where it is on this machine. */
export const s3Servers = {
  SeaweedFS: { find: async () => (await findSeaweedfs()).path, start: startSeaweedfs },
  MinIO: {
    find: () =>
      findMinio({ here: true }).then(
        ({ path }) => path,
        () => null,
      ),
    start: startMinio,
  },
} satisfies Record<string, S3Server>;

export interface TestBucket {
  /** Of a store in a bucket that nobody else has. */
  settings(): S3Settings;
  store(change?: Partial<S3Settings>): ObjectStore;
  server(): ObjectServer;
  /** Ends the server at once, and starts it again on what it wrote. */
  killAndRestart(): Promise<void>;
}

/** A server of its own for the suite around this call, and a bucket of its own for each test. */
export function bucketForSuite({ find, start }: S3Server = s3Servers.SeaweedFS): TestBucket {
  let server: ObjectServer | undefined;
  let options: ObjectServerOptions;
  let folder = '';
  let made = 0;
  let settings: S3Settings;
  before(async function () {
    this.timeout(300_000); // it may have to be fetched first
    const path = await find();
    if (path === null)
      return skip(
        this,
        'The object store is not tested on MinIO',
        'Put "minio" on the PATH, or build it: node bin/run.js local/toolchain/prepare.ts --with-minio',
      );
    folder = mkdtempSync(join(tmpdir(), 'perennial-test-bucket-'));
    const { port } = await freePort(31_500 + (process.pid % 1_000));
    const keys = { accessKey: 'perennial-test', secretKey: 'a-secret-of-tests' };
    options = { path, folder, port, ...keys };
    server = await start(options);
    settings = { ...keys, bucket: '', prefix: '', endpoint: server.endpoint, region: 'us-east-1' };
  });
  beforeEach(async () => {
    settings = { ...settings, bucket: `test-${++made}` };
    await ensureBucket(settings);
  });
  after(async () => {
    await server?.stop();
    if (folder !== '') rmSync(folder, { recursive: true, force: true });
  });
  return {
    settings: () => settings,
    store: (change) => createS3Store({ ...settings, ...change }),
    server: () => server!,
    async killAndRestart() {
      await server!.stop('SIGKILL');
      server = await start(options);
    },
  };
}
