import { backendHere } from '../adapters/training/backend-here.ts';
import { runner } from '../adapters/machine/runner.ts';
import { messageOf } from '../core/base/errors/errors.ts';
import { environment, machineIn } from '../wiring/settings.ts';
import { startLeashed, type Leashed } from './stack/leash.ts';
import { lackingForNative, NATIVE_IN_WORDS } from './toolchain/tools/native.ts';
import { fileURLToPath } from 'node:url';

export interface NativeParts {
  say(words: string): void;
  /** What the build writes goes here. */
  logFile: string;
  env?: NodeJS.ProcessEnv;
}

export interface Bringing {
  /** Resolves when it is installed or has failed, after its last message. */
  done: Promise<void>;
  stop(): Promise<void>;
}

const BUILDER = fileURLToPath(new URL('toolchain/tools/native.ts', import.meta.url));

/** Whether this machine has it; if not, why, and what prevents an installation. */
export async function lookForNative(
  env: NodeJS.ProcessEnv = environment,
  signal?: AbortSignal,
): Promise<{ missing: string | null; lacking: string | null }> {
  const { whyNotNative: missing } = await backendHere({ ...machineIn(env).tensorflow, wanted: '' }, env, signal);
  return { missing, lacking: missing === null ? null : await lackingForNative(env) };
}

/** Whether PERENNIAL_BACKEND allows it. */
export const wantsNative = (env: NodeJS.ProcessEnv = environment): boolean =>
  ['', 'native'].includes(machineIn(env).tensorflow.wanted);

/** Builds TF.js's native package in the background if it is missing and this machine can. The next training uses it. */
export function bringNative({ say, logFile, env = environment }: NativeParts): Bringing {
  const stopped = new AbortController();
  let builder: Leashed | undefined;

  async function bring(): Promise<void> {
    if (!wantsNative(env)) return;
    const { missing, lacking } = await lookForNative(env, stopped.signal);
    if (missing === null) return;
    if (lacking !== null) return say(`Training uses WebAssembly, not TF.js's native package: ${lacking}.`);
    say(`TF.js's native package (${missing}) is fetched in the background: ${NATIVE_IN_WORDS}, built here into ${machineIn(env).nativeFolder}. Training uses WebAssembly until then.`); // prettier-ignore
    if (stopped.signal.aborted) return;
    const began = performance.now();
    const args = ['-n', '19', process.execPath, runner, BUILDER];
    builder = await startLeashed({ name: 'native', command: 'nice', args, env, logFile, graceMs: 5_000 });
    if (stopped.signal.aborted) await builder.stop();
    const { code } = await builder.exited;
    if (stopped.signal.aborted) return;
    if (code !== 0) return say(builder.tail().trim().split('\n').at(-1) ?? '');
    say(`TF.js's native package is ready after ${((performance.now() - began) / 1000).toFixed(0)} s: the next training takes it.`); // prettier-ignore
  }

  const done = bring().catch((error: unknown) => {
    if (!stopped.signal.aborted) say(`Could not check for TF.js's native package: ${messageOf(error)}`);
  });
  return {
    done,
    async stop() {
      stopped.abort();
      await builder?.stop();
      await done;
    },
  };
}
