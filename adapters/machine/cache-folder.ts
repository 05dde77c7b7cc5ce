import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of this user's downloads and builds, for every checkout. All of it can be fetched again. */
export function userCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || systemCacheFolder(environment), 'perennial');
}

function systemCacheFolder(environment: NodeJS.ProcessEnv): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return environment['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}

export const TFJS_NODE = '4.22.0';

/** Where local/toolchain/native.ts builds TF.js's native package, with its own node_modules. */
export const nativeFolder = (environment?: NodeJS.ProcessEnv): string =>
  join(userCacheFolder(environment), `tfjs-node-${TFJS_NODE}`);
