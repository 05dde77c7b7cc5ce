import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this user's downloads and builds are kept for every checkout. All of it can be had again. */
export function userCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || systemCacheFolder(environment), 'perennial');
}

function systemCacheFolder(environment: NodeJS.ProcessEnv): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return environment['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}

export const TFJS_NODE = '4.22.0';

/** Where local/toolchain/native.ts builds TF.js's native package, with a node_modules of its own. */
export const nativeFolder = (environment?: NodeJS.ProcessEnv): string =>
  join(userCacheFolder(environment), `tfjs-node-${TFJS_NODE}`);
