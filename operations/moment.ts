import { UserError } from '../core/errors.ts';
import { type Clock } from '../core/ports.ts';
import { instant, type Instant } from '../core/time.ts';

/** The moment a person asks about, or now. One that lies ahead is refused, unless the clock stands still. */
export function momentAsked(clock: Clock, asOf?: Instant): Instant {
  const now = instant(clock.now());
  if (asOf === undefined) return now;
  const ahead = clock.millisecondsUntil(asOf);
  if (ahead > 0 && Number.isFinite(ahead))
    throw new UserError(
      'REQUEST_INVALID',
      `${asOf} lies ahead: it is ${now}. A run is for now, or for a moment that has passed.`,
    );
  return asOf;
}
