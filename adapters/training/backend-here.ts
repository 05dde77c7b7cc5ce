import { crashInWords, isCrash, quietly } from './native-tensorflow.ts';
import { loadTensorflow, type Circumstances, type Tensors } from './tensors.ts';
import { runner } from '../machine/runner.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type BackendHere = Pick<Tensors, 'backend' | 'version' | 'whyNotNative'>;

const HERE = fileURLToPath(import.meta.url);
const PATIENCE_MS = 120_000;

/**
 * The backend that a training on this machine would use. Tried in another process, which a damaged library can crash.
 */
export async function backendHere(
  circumstances: Circumstances,
  environment: Record<string, string | undefined>,
  signal?: AbortSignal,
): Promise<BackendHere> {
  const args = [runner, HERE, JSON.stringify(circumstances)];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: quietly(environment),
      timeout: PATIENCE_MS,
      ...(signal && { signal }),
    });
    return JSON.parse(stdout) as BackendHere;
  } catch (error) {
    const { signal: killedBy, stderr } = error as { signal?: string; stderr?: string };
    if (isCrash(killedBy) && !circumstances.wanted && circumstances.nativeFailed === undefined)
      return backendHere({ ...circumstances, nativeFailed: crashInWords(killedBy) }, environment, signal);
    throw new Error(isCrash(killedBy) ? crashInWords(killedBy) : stderr?.trim() || messageOf(error), { cause: error });
  }
}

async function main(): Promise<void> {
  const circumstances = JSON.parse(process.argv[2] ?? '{}') as Circumstances;
  const { backend, version, whyNotNative } = await loadTensorflow(circumstances);
  process.stdout.write(JSON.stringify({ backend, version, whyNotNative } satisfies BackendHere));
}

if (process.argv[1] === HERE)
  await main().catch((error: unknown) => {
    process.stderr.write(messageOf(error));
    process.exitCode = 1;
  });
