import { join } from 'node:path';
import { findGoTool, type FindOptions, type GoTool } from './go-tool.ts';
import { type ObjectServer, type ObjectServerOptions, startObjectServer } from './object-server.ts';
import { goModules } from './pins.ts';

const RELEASE = 'RELEASE.2025-09-07T16-13-09Z';

const tool: GoTool = {
  name: 'minio',
  variable: 'MINIO_BINARY',
  asked: { args: ['--version'], says: /^minio version / },
  version: RELEASE,
  module: goModules.minio,
};

/** MinIO, another S3 object store for tests; its makers have archived it. */
export const findMinio = (options?: FindOptions): Promise<string> => findGoTool(tool, options);

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
