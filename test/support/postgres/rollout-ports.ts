import { type Database } from '../../../adapters/postgres/database.ts';
import { createLosses } from '../../../adapters/postgres/rollout/losses.ts';
import { type Clock } from '../../../core/time/clock.ts';
import { type Instant } from '../../../core/time/time.ts';
import { factsIn } from '../../../wiring/facts.ts';

/** The clock of loops at a moment that a test moves. */
export const clockAt = (now: () => Instant): Clock => ({
  now: () => new Date(now()),
  millisecondsUntil: (time) => Math.max(0, Date.parse(time) - Date.parse(now())),
});

/** The ports of rollouts and experiments over a database; runs and the retraining loop hear everything and do nothing. */
export const rolloutPorts = (database: Database, clock: Clock) => ({
  ...factsIn(database),
  losses: createLosses(database),
  sharedClock: { read: async () => clock },
  rolloutRuns: { start: async ({ id }: { id: string }) => id },
  experimentRuns: { start: async () => undefined },
  loop: {
    ensure: async () => undefined,
    ask: async () => undefined,
    newData: async () => undefined,
    trainingEnded: async () => undefined,
  },
});
