import { Context, heartbeat } from '@temporalio/activity';

const EVERY_MS = 5_000;

/** Heartbeats while something long is under way, and stops waiting for it when the activity is cancelled. */
export const alive = <T>(work: Promise<T>): Promise<T> => beating(Promise.race([work, Context.current().cancelled]));

/** Heartbeats while something long is under way that itself ends when the activity is cancelled. */
export async function beating<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
