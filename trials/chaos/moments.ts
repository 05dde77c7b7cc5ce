import { type Moment } from './plan.ts';

/** Tells faults how far a round's work has come. */
export interface Moments {
  /** Reports an event, each time it happens. */
  reach(moment: Moment): void;
  /** Resolves with true when the moment comes (at once if it came), with false when the work ends before. */
  of(moment: Moment): Promise<boolean>;
  /** Whether somebody waits for an event that has not come: others need not be looked for. */
  isAwaited(moment: Moment): boolean;
  /** The work is done: no further events will come. */
  end(): void;
}

export function createMoments(): Moments {
  const gates = new Map<Moment, { came: Promise<boolean>; settle(value: boolean): void }>();
  const [came, awaited] = [new Set<Moment>(), new Set<Moment>()];
  let over = false;
  const gate = (moment: Moment) => {
    let found = gates.get(moment);
    if (!found) {
      let settle: (value: boolean) => void = () => undefined;
      const came = new Promise<boolean>((resolve) => (settle = resolve));
      gates.set(moment, (found = { came, settle }));
      if (over) settle(false);
    }
    return found;
  };
  return {
    reach(moment) {
      awaited.delete(moment);
      came.add(moment);
      gate(moment).settle(true);
    },
    of(moment) {
      if (!came.has(moment)) awaited.add(moment);
      return gate(moment).came;
    },
    isAwaited: (moment) => awaited.has(moment),
    end() {
      over = true;
      for (const { settle } of gates.values()) settle(false);
    },
  };
}
