import { createS3Store, ensureBucket } from '../../../adapters/objects/s3-store.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { type Leashed, type LeashOptions, startLeashed, untilReady } from '../../stack/leash.ts';

export interface ObjectServerOptions {
  path: string;
  /** Keeps its objects and its log. */
  folder: string;
  port: number;
  accessKey: string;
  secretKey: string;
}

export interface ObjectServer {
  endpoint: string;
  pid: number;
  exited: Leashed['exited'];
  stop: Leashed['stop'];
}

/** Starts an S3 server for this machine only, and waits until it can be written; it never outlives this process. */
export async function startObjectServer(
  { port, accessKey, secretKey }: ObjectServerOptions,
  leash: LeashOptions,
): Promise<ObjectServer> {
  const endpoint = `http://127.0.0.1:${port}`;
  const server = await startLeashed(leash);
  try {
    await untilReady(server, () => writeOnce({ endpoint, accessKey, secretKey }));
  } catch (cause) {
    await server.stop();
    throw new UserError('OBJECT_STORE_UNREACHABLE', `${leash.name} did not start at ${endpoint}. ${messageOf(cause)}`, {
      cause,
    });
  }
  return { endpoint, pid: server.pid, exited: server.exited, stop: server.stop };
}

/** Servers answer, and even call themselves ready, before a bucket can be made and written. */
async function writeOnce(server: { endpoint: string; accessKey: string; secretKey: string }): Promise<void> {
  const settings = { ...server, bucket: 'perennial-starts', prefix: '', region: 'us-east-1' };
  await ensureBucket(settings);
  const store = createS3Store(settings);
  await store.put('written', new Uint8Array([1]));
  await store.delete('written', new Date('9999-12-31'));
}
