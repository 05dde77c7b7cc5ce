/** What a compiler of AssemblyScript needs lies in the first. */
export const PAGE = 65_536;
/** A WebAssembly memory has no more. */
export const MOST_BYTES = 65_536 * PAGE;

/** Of engines that have ended. */
const unused: WebAssembly.Memory[] = [];

/**
 * Memory that threads share; what an ended engine had is used again. The garbage collector counts no shared memory, so that
 * of a fold's training would stay beside that of the next ones. It is typed as if it were not shared: arrays over it do the
 * same, except that they cannot be transferred, and move and fill by the byte.
 */
export function sharedMemory(bytes: number): { memory: WebAssembly.Memory; isNew: boolean } {
  const pages = Math.ceil(bytes / PAGE);
  const memory = unused.pop();
  if (!memory) return { memory: new WebAssembly.Memory({ initial: pages, maximum: MOST_BYTES / PAGE, shared: true }), isNew: true }; // prettier-ignore
  const more = pages - memory.buffer.byteLength / PAGE;
  if (more > 0) memory.grow(more);
  return { memory, isNew: false };
}

/** For the next engine, once no thread uses it. */
export const giveBack = (memory: WebAssembly.Memory): void => void unused.push(memory);
