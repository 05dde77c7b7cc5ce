import { readTemporalProfile, withoutTemporal } from '../adapters/temporal/connection/connection-profile.ts';
import { type Config, parseConfig } from '../core/base/settings/config.ts';
import { UserError } from '../core/base/errors/errors.ts';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type Environment = Record<string, string | undefined>;

/**
 * The variables of this process. Lint forbids all other files to read them: settings come from them below, and so do
 * the secrets that declarations name and the environment of child processes.
 */
export const environment: Environment = process.env;

/** The settings of an installation, with its Temporal profile. */
export const readConfig = (given: Environment): Config => parseConfig(given, readTemporalProfile(given));

/** The same for processes that can work without Temporal: a problem with its settings is reported on the first call. */
export function readConfigOrProblem(given: Environment): Config {
  try {
    return readConfig(given);
  } catch (problem) {
    if (!(problem instanceof UserError)) throw problem;
    const others = parseConfig(withoutTemporal(given), {}); // throws if these are invalid
    return { ...others, temporal: { ...others.temporal, problem } };
  }
}

const TFJS_NODE = '4.22.0';

/** The settings of this machine, which hold for every installation. */
export function machineIn(given = environment) {
  // This user's downloads and builds, for every checkout. All of it can be fetched again.
  const cacheFolder = join(given['XDG_CACHE_HOME'] || systemCacheFolder(given), 'perennial');
  // Where local/toolchain/tools/native.ts builds TF.js's native package, with its own node_modules.
  const nativeFolder = join(cacheFolder, `tfjs-node-${TFJS_NODE}`);
  return {
    cacheFolder,
    nativeFolder,
    /** An image contains the workflows' bundle, so its containers need not write. */
    bundlesFolder: given['PERENNIAL_BUNDLES'] || join(cacheFolder, 'workflow-bundles'),
    /** The TF.js backend of trainings. */
    tensorflow: { wanted: given['PERENNIAL_BACKEND'] ?? '', nativeIn: [import.meta.dirname, nativeFolder] },
  };
}

function systemCacheFolder(given: Environment): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return given['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}
