import { createS3Store, ensureBucket, type S3Settings } from '../../adapters/s3-store.ts';
import { type ObjectStore } from '../../core/ports.ts';
import { freePort } from '../../local/ports.ts';
import { findMinio, startMinio, type Minio } from '../../local/toolchain/minio.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestMinio {
  /** Of a store in a bucket that nobody else has. */
  settings(): S3Settings;
  store(change?: Partial<S3Settings>): ObjectStore;
  server(): Minio;
}

/** A MinIO of its own for the suite around this call, and a bucket of its own for each test. */
export function minioForSuite(): TestMinio {
  let minio: Minio | undefined;
  let folder = '';
  let made = 0;
  let settings: S3Settings | undefined;
  before(async function () {
    this.timeout(900_000); // it may have to be built first
    folder = mkdtempSync(join(tmpdir(), 'perennial-test-minio-'));
    const { port } = await freePort(30_000 + (process.pid % 10_000));
    const keys = { accessKey: 'perennial-test', secretKey: 'a-secret-of-tests' };
    minio = await startMinio({ path: await findMinio(), folder, port, ...keys });
    settings = { ...keys, bucket: '', prefix: '', endpoint: minio.endpoint, region: 'us-east-1' };
  });
  beforeEach(async () => {
    settings = { ...settings!, bucket: `test-${++made}` };
    await ensureBucket(settings);
  });
  after(async () => {
    await minio?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    settings: () => settings!,
    store: (change) => createS3Store({ ...settings!, ...change }),
    server: () => minio!,
  };
}
