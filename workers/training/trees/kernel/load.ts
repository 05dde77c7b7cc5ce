import { readFileSync } from 'node:fs';

/** The functions of assembly/kernel.ts. Places and sizes are in bytes, counts are of rows. */
export interface TreeKernel {
  gather(gradients: number, hessians: number, rows: number, count: number, pairs: number): void;
  count(word: number, rows: number, pairs: number, rowCount: number, a: number, b: number, c: number, d: number): void;
  clear(at: number, bytes: number): void;
  move(from: number, to: number, bytes: number): void;
  subtract(from: number, child: number, bytes: number): void;
  split(kind: number, bins: number, histogram: number, leaf: number, rules: number, keys: number, found: number): void;
  divide(rows: number, count: number, word: number, shift: number, set: number, right: number): number;
}

/** kernel.wasm is what `npm run kernel:trees` makes of assembly/kernel.ts; a test holds them together. */
const file = new URL('kernel.wasm', import.meta.url);
let compiled: WebAssembly.Module | undefined;

export function loadKernel(memory: WebAssembly.Memory): TreeKernel {
  compiled ??= new WebAssembly.Module(readFileSync(file));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as TreeKernel;
}
