import { messageOf } from '../../core/base/errors/errors.ts';
import type { TensorFlow } from './tensors.ts';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';

const NAME = '@tensorflow/tfjs-node';

/** A process that loads the native library has these variables: no banner about CPU instructions, unless somebody wants it. */
export const quietly = (environment: Record<string, string | undefined>): Record<string, string | undefined> => ({
  TF_CPP_MIN_LOG_LEVEL: '2',
  ...environment,
});

/** TF.js's native package from the first folder that has one whose library loads. */
export function requireNative(folders: string[]): TensorFlow {
  const unusable: string[] = [];
  for (const folder of folders) {
    const require = createRequire(join(folder, 'package.json'));
    let entry: string;
    try {
      entry = require.resolve(NAME);
    } catch {
      continue; // not here
    }
    try {
      restoreUtilities();
      // The binding first: if it fails to load, nothing of its TF.js stays behind.
      require(join(dirname(require.resolve(`${NAME}/package.json`)), 'lib', 'napi-v8', 'tfjs_binding.node'));
      return require(entry) as TensorFlow;
    } catch (error) {
      unusable.push(messageOf(error));
    }
  }
  throw new Error(unusable.length === 0 ? 'it is not on this machine' : `it does not load: ${unusable.join('; ')}`);
}

/** The package, last released in 2024, calls functions that Node 23 removed and Node 22 warns about. */
function restoreUtilities(): void {
  const isNullOrUndefined = (value: unknown): boolean => value == null;
  Object.assign(util, { isArray: Array.isArray, isNullOrUndefined });
}

/** The signals by which a damaged library ends a process that loads it; no error can be caught. */
export const isCrash = (signal: string | null | undefined): signal is string =>
  ['SIGBUS', 'SIGSEGV', 'SIGILL', 'SIGABRT', 'SIGFPE'].includes(signal ?? '');

export const crashInWords = (signal: string): string => `a process that loads it ends by ${signal}`;
