import { Context, activityInfo, heartbeat } from '@temporalio/activity';

const LONGEST_PAUSE_MS = 5_000;

/** What each running attempt's heartbeats carry. */
const latest = new WeakMap<Context, unknown>();

/** Sends details that the next attempt finds if this one is cut off. The timer repeats them until others replace them. */
export function reportProgress(details: unknown): void {
  latest.set(Context.current(), details);
  heartbeat(details);
}

/** What was last reported, by this attempt or the one before it. */
const lastReport = (): unknown => latest.get(Context.current()) ?? (activityInfo().heartbeatDetails as unknown);

/** Heartbeats by a timer until the work ends, whatever it waits for. Steps without a heartbeat timeout need none. */
export async function withHeartbeats<T>(work: () => Promise<T>): Promise<T> {
  const { heartbeatTimeoutMs } = activityInfo();
  if (heartbeatTimeoutMs === undefined) return work();
  const timer = setInterval(() => heartbeat(lastReport()), Math.min(LONGEST_PAUSE_MS, heartbeatTimeoutMs / 3));
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Stops waiting when the activity is cancelled, for work that cannot be stopped itself. */
export const unlessCancelled = <T>(work: Promise<T>): Promise<T> => Promise.race([work, Context.current().cancelled]);
