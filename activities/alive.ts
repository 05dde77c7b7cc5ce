import { Context, heartbeat } from '@temporalio/activity';

const EVERY_MS = 5_000;

/**
 * Heartbeats while something long is under way, and stops waiting for it when the activity is cancelled. Each heartbeat
 * replaces the details of the one before: pass those that a later attempt needs.
 */
export const alive = <T>(work: Promise<T>, details?: unknown): Promise<T> =>
  beating(Promise.race([work, Context.current().cancelled]), details);

/** Heartbeats while something long is under way that itself ends when the activity is cancelled. */
export async function beating<T>(work: Promise<T>, details?: unknown): Promise<T> {
  const timer = setInterval(() => heartbeat(details), EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
