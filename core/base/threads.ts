/** Computes in threads, so that whatever else this process does goes on meanwhile. */
export interface Threads {
  /**
   * What the computation of this name returns. The buffers of typed arrays in `input` move to the thread, which ends
   * with the signal.
   */
  run(name: string, input: unknown[], signal: AbortSignal): Promise<unknown>;
}
