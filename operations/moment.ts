import { refuseAhead } from '../core/time/clock.ts';
import type { SharedClock } from '../core/time/clock.ts';
import { instant, type Instant } from '../core/time/time.ts';

/** The requested time, or now. Throws for a future time, unless the clock stands still. */
export async function momentAsked(sharedClock: SharedClock, asOf?: Instant): Promise<Instant> {
  const clock = await sharedClock.read();
  if (asOf === undefined) return instant(clock.now());
  refuseAhead(clock, asOf);
  return asOf;
}
