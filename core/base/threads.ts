/** Computes in threads, so the rest of this process keeps running. */
export interface Threads {
  /**
   * Runs the computation with this name. The buffers of typed arrays in `input` move to the thread, which ends when the
   * signal aborts.
   */
  run(name: string, input: unknown[], signal: AbortSignal): Promise<unknown>;
}
