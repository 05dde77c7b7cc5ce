import { readFileSync } from 'node:fs';

/** The functions of assembly/kernel.ts. Places in memory and sizes are whole numbers; sizes count Float32 numbers. */
export interface Kernel {
  multiply(input: number, inner: number, weights: number, out: number, columns: number, rows: number): void;
  multiplyTransposed(
    input: number,
    inner: number,
    slopes: number,
    gradient: number,
    columns: number,
    rows: number,
  ): void;
  transpose(from: number, rows: number, columns: number, to: number): void;
  repeat(row: number, columns: number, out: number, rows: number): void;
  addRows(from: number, columns: number, total: number, rows: number): void;
  gather(numbers: number, recordBytes: number, places: number, count: number, out: number, columns: number, rows: number): void; // prettier-ignore
  gatherPieces(full: number, recordBytes: number, places: number, counts: number, stretches: number, out: number, columns: number, rows: number): void; // prettier-ignore
  spread(shared: number, scale: number, bias: number, out: number, columns: number, rows: number): void;
  collect(slopes: number, shared: number, scale: number, sharedSlopes: number, scaleGradient: number, biasGradient: number, columns: number, rows: number): void; // prettier-ignore
  addLevels(levels: number, recordBytes: number, places: number, count: number, weights: number, out: number, columns: number, rows: number): void; // prettier-ignore
  addToLevels(levels: number, recordBytes: number, places: number, count: number, slopes: number, gradient: number, columns: number, rows: number): void; // prettier-ignore
  relu(values: number, length: number): void;
  drop(values: number, length: number, state: number, threshold: number, scale: number): void;
  passBack(slopes: number, values: number, length: number, scale: number): void;
  losses(far: number, outputs: number, labels: number, recordBytes: number, places: number, slopes: number, rows: number, batch: number): number; // prettier-ignore
  classLosses(classes: number, columns: number, outputs: number, labels: number, recordBytes: number, places: number, slopes: number, rows: number, batch: number): number; // prettier-ignore
  clear(at: number, bytes: number): void;
  addScaled(to: number, from: number, length: number, scale: number): void;
  adam(parameters: number, gradient: number, first: number, second: number, length: number, rate: number): void;
}

declare global {
  /** As much of it as is used here; TypeScript has the rest only for browsers. */
  namespace WebAssembly {
    class Memory {
      constructor(size: { initial: number; maximum?: number; shared?: boolean });
      readonly buffer: ArrayBuffer;
      grow(pages: number): number;
    }
    class Module {
      constructor(bytes: Uint8Array);
    }
    class Instance {
      constructor(module: Module, imports: Record<string, object>);
      readonly exports: unknown;
    }
  }
}

/** kernel.wasm is what `npm run kernel` makes of assembly/; a test holds them together. */
const file = new URL('kernel.wasm', import.meta.url);
let compiled: WebAssembly.Module | undefined;

export function loadKernel(memory: WebAssembly.Memory): Kernel {
  compiled ??= new WebAssembly.Module(readFileSync(file));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as Kernel;
}
