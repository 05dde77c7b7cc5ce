import { UserError } from '../base/errors/errors.ts';
import { after, instant, latest, MINUTE, type Instant } from './time.ts';

/** The time, for everything without its own `asOf`. A simulated year runs on another clock. */
export interface Clock {
  /** Whether it is another than that of machines and databases, whose times then tell nothing of its own. */
  simulated?: boolean;
  now(): Date;
  /** Real milliseconds until this clock shows `time`; 0 when it has passed, Infinity when it never will. */
  millisecondsUntil(time: Instant): number;
}

/** One clock for all processes of an installation, so a machine with a wrong clock decides nothing. */
export interface SharedClock {
  /** The current time, to be used at once. */
  read(): Promise<Clock>;
}

/** How far Temporal's clock, which runs the schedules, may differ from ours. */
export const CLOCKS_DIFFER_MS = 5 * MINUTE;

/**
 * The time for a decision: the clock's. Only a clock that stands still is moved by the times in messages, so a message
 * from the future moves no running clock.
 */
export function decisionTime(clock: Clock, ...spokenOf: Instant[]): Instant {
  const now = instant(clock.now());
  const standsStill = !Number.isFinite(clock.millisecondsUntil(after(now, '1 second')));
  return standsStill ? latest(now, ...spokenOf) : now;
}

/** Refuses a time more than `toleranceMs` ahead, unless the clock stands still. */
export function refuseAhead(clock: Clock, asOf: Instant, toleranceMs = 0): void {
  const ahead = clock.millisecondsUntil(asOf);
  if (ahead <= toleranceMs || !Number.isFinite(ahead)) return;
  throw new UserError(
    'REQUEST_INVALID',
    `${asOf} is in the future: it is ${instant(clock.now())}. Run a loop for now, or for a time that has passed.`,
  );
}
