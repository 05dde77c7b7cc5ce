/** closed: the version answers. open: it rests. half-open: it has rested, and the next row tries it. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** Lets a version rest that fails again and again. Every `now` is in milliseconds of one clock. */
export interface Breaker {
  state(now: number): BreakerState;
  /** One success closes it. Returns whether it was not closed before. */
  succeeded(): boolean;
  /** Returns whether this failure tripped it. */
  failed(now: number, why: string): boolean;
  /** Since when it has not been closed, and what tripped it. */
  readonly trip: { since: number; why: string } | null;
  /** How often it has tripped. */
  readonly trips: number;
}

export interface BreakerOptions {
  /** It trips after so many failures in a row. */
  failures: number;
  restMs: number;
}

export function createBreaker({ failures, restMs }: BreakerOptions): Breaker {
  let inRow = 0;
  let until = 0;
  let trip: Breaker['trip'] = null;
  let trips = 0;

  return {
    state: (now) => (trip === null ? 'closed' : now < until ? 'open' : 'half-open'),
    succeeded() {
      inRow = 0;
      const closes = trip !== null;
      trip = null;
      return closes;
    },
    failed(now, why) {
      if (trip === null && ++inRow < failures) return false;
      until = now + restMs;
      if (trip !== null) return false;
      trip = { since: now, why };
      trips++;
      return true;
    },
    get trip() {
      return trip;
    },
    get trips() {
      return trips;
    },
  };
}
