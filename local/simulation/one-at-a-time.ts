/** Work of a name is done one piece at a time; of what is asked for meanwhile, the last comes next. */
export function oneAtATime<Of>(work: (name: string, of: Of) => Promise<unknown>) {
  const running = new Map<string, Promise<unknown>>();
  const next = new Map<string, Of>();
  let ended = false;

  function begin(name: string, of: Of): void {
    const done = work(name, of).finally(() => {
      running.delete(name);
      const waiting = next.get(name);
      next.delete(name);
      if (waiting !== undefined && !ended) begin(name, waiting);
    });
    running.set(name, done);
  }

  return {
    ask(name: string, of: Of): void {
      if (running.has(name)) next.set(name, of);
      else begin(name, of);
    },
    /** Begins no more; resolves when what runs has ended. */
    async end(): Promise<void> {
      ended = true;
      await Promise.allSettled(running.values());
    },
  };
}
