import { join } from 'node:path';
import { byGo } from '../fetches.ts';
import { find, type FindOptions, type Found, type Tool, versionAfter } from '../find.ts';
import { type ObjectServer, type ObjectServerOptions, startObjectServer } from './object-server.ts';
import { goModules } from '../pins.ts';

/**
 * Another S3 object store for tests, where it is on this machine: its makers have archived it, and building it takes minutes.
 * prepare.ts --with-minio builds it into the cache.
 */
export const minioTool: Tool = {
  title: 'MinIO',
  name: 'minio',
  variable: 'MINIO_BINARY',
  onPath: true,
  asked: { args: ['--version'], version: versionAfter('MinIO', /^minio version (\S+)/) },
  fetches: [byGo(goModules.minio)],
  code: 'TOOL_NOT_FOUND',
  remedy: 'Put "minio" on the PATH, or name it by MINIO_BINARY.',
};

export const findMinio = (options?: FindOptions): Promise<Found> => find(minioTool, options);

export function startMinio(options: ObjectServerOptions): Promise<ObjectServer> {
  const { path, folder, port, accessKey, secretKey } = options;
  return startObjectServer(options, {
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
}
