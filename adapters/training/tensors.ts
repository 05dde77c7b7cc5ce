import { requireNative } from './native-tensorflow.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import type * as tfjs from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';

export const backends = ['native', 'wasm', 'cpu'] as const;
export type Backend = (typeof backends)[number];
export type TensorFlow = typeof tfjs;

export interface Tensors {
  /** Take the whole namespace from here: the native package has its own copy, and tensors do not mix. */
  tf: TensorFlow;
  backend: Backend;
  version: string;
  /** Why it is not the native backend, in a few words; null if it is. */
  whyNotNative: string | null;
}

export interface Circumstances {
  /** A backend, without a fallback: a benchmark that silently used another would mislead. Empty: the fastest available. */
  wanted?: string;
  /** Folders where the native package can be. */
  nativeIn?: string[];
  /** Why the native package is not even tried: how a process that loaded it ended. */
  nativeFailed?: string;
}

const requireHere = createRequire(import.meta.url);

/** TF.js on the fastest available backend: native, then WebAssembly, then plain JS; or on the one that PERENNIAL_BACKEND picks. */
export async function loadTensorflow({ wanted = '', ...native }: Circumstances): Promise<Tensors> {
  if (wanted !== '' && !backends.includes(wanted as Backend))
    throw new UserError(
      'CONFIG_INVALID',
      `PERENNIAL_BACKEND is "${wanted}"; write ${backends.join(', ')}, or leave it unset to use the fastest available.`,
    );
  const failures: Partial<Record<Backend, string>> = {};
  for (const backend of wanted === '' ? backends : [wanted as Backend]) {
    try {
      const tf = await loaders[backend](native);
      await checkSum(tf);
      const whyNotNative = backend === 'native' ? null : (failures.native ?? `PERENNIAL_BACKEND is ${wanted}`);
      return { tf, backend, version: tf.version['tfjs-core'], whyNotNative };
    } catch (error) {
      failures[backend] = messageOf(error).split('\n')[0]!;
    }
  }
  const why = Object.entries(failures).map(([backend, reason]) => `${backend}: ${reason}`);
  throw new UserError(
    'CONFIG_INVALID',
    `No usable TF.js backend (${why.join('; ')}). ` +
      (wanted === 'native' ? 'Build the native one with: npm run native' : 'Install the packages again with: npm ci'),
  );
}

const loaders: Record<Backend, (native: Omit<Circumstances, 'wanted'>) => Promise<TensorFlow>> = {
  native: async ({ nativeIn = [], nativeFailed }) => {
    if (nativeFailed !== undefined) throw new Error(nativeFailed);
    const tf = requireNative(nativeIn);
    tf.enableProdMode();
    if (!(await tf.setBackend('tensorflow'))) throw new Error('its backend did not start');
    return tf;
  },
  wasm: async () => {
    const tf = requireHere('@tensorflow/tfjs') as TensorFlow;
    tf.enableProdMode();
    const wasm = requireHere('@tensorflow/tfjs-backend-wasm') as {
      setWasmPaths(folder: string): void;
      setThreadsCount(threads: number): void;
    };
    wasm.setWasmPaths(dirname(requireHere.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
    wasm.setThreadsCount(1); // its threads need a browser's workers
    if (!(await tf.setBackend('wasm'))) throw new Error('its backend did not start');
    return tf;
  },
  cpu: async () => {
    const tf = requireHere('@tensorflow/tfjs') as TensorFlow;
    tf.enableProdMode(); // also silences the advice to install the native package
    await tf.setBackend('cpu');
    return tf;
  },
};

/** On a Node that is too new, a backend can load but fail at its first operation. */
async function checkSum(tf: TensorFlow): Promise<void> {
  const product = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])));
  const [sum] = await product.data();
  product.dispose();
  if (sum !== 11) throw new Error(`1*3 + 2*4 made ${sum}`);
}
