import { join } from 'node:path';
import { UserError, messageOf } from '../../core/errors.ts';
import { type Leashed, startLeashed, untilReady } from '../leash.ts';
import { findGoTool, type FindOptions, type GoTool } from './go-tool.ts';
import { goModules } from './pins.ts';

const RELEASE = 'RELEASE.2025-09-07T16-13-09Z';

const tool: GoTool = {
  name: 'minio',
  variable: 'MINIO_BINARY',
  asked: { args: ['--version'], says: /^minio version / },
  version: RELEASE,
  module: goModules.minio,
};

/** MinIO, an S3 object store for tests. */
export const findMinio = (options?: FindOptions): Promise<string> => findGoTool(tool, options);

export interface MinioOptions {
  path: string;
  folder: string;
  port: number;
  accessKey: string;
  secretKey: string;
}

export interface Minio {
  endpoint: string;
  pid: number;
  exited: Leashed['exited'];
  stop(): Promise<void>;
}

/** Starts MinIO for this machine only, keeping its objects in `folder`; it never outlives this process. */
export async function startMinio({ path, folder, port, accessKey, secretKey }: MinioOptions): Promise<Minio> {
  const endpoint = `http://127.0.0.1:${port}`;
  const server = await startLeashed({
    name: 'MinIO',
    command: path,
    args: ['server', join(folder, 'data'), `--address=127.0.0.1:${port}`, '--console-address=127.0.0.1:0', '--quiet'],
    env: {
      MINIO_ROOT_USER: accessKey,
      MINIO_ROOT_PASSWORD: secretKey,
      MINIO_BROWSER: 'off',
      MINIO_SITE_REGION: 'us-east-1',
    },
    logFile: join(folder, 'minio.log'),
  });
  try {
    await untilReady(server, async () => {
      const { status } = await fetch(`${endpoint}/minio/health/ready`);
      if (status !== 200) throw new Error(`it answers ${status}`);
    });
  } catch (cause) {
    await server.stop();
    throw new UserError('OBJECT_STORE_UNREACHABLE', `MinIO did not start at ${endpoint}. ${messageOf(cause)}`, {
      cause,
    });
  }
  return { endpoint, pid: server.pid, exited: server.exited, stop: () => server.stop() };
}
