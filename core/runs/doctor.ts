/** The result of checking one thing that an installation depends on. */
export interface Finding {
  check: string;
  /** warning: it works, but not for long or not for everything. */
  state: 'ok' | 'warning' | 'failed';
  found: string;
  /** What to do; null when there is nothing. */
  fix: string | null;
}

export interface Check {
  name: string;
  /** An installation is unusable without it: a late answer is a failure, where others get a warning. */
  needed?: true;
  /** Throws when it failed; the message says what to do. The signal aborts when nobody waits any more. */
  look(signal: AbortSignal): Promise<Omit<Finding, 'check'>>;
}

export const ok = (found: string): Omit<Finding, 'check'> => ({ state: 'ok', found, fix: null });
export const warning = (found: string, fix: string): Omit<Finding, 'check'> => ({ state: 'warning', found, fix });
export const failed = (found: string, fix: string): Omit<Finding, 'check'> => ({ state: 'failed', found, fix });
