import { Context, heartbeat } from '@temporalio/activity';

const EVERY_MS = 5_000;

/** Heartbeats while something long is under way, and stops waiting for it when the activity is cancelled. */
export async function alive<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), EVERY_MS);
  try {
    return await Promise.race([work, Context.current().cancelled]);
  } finally {
    clearInterval(timer);
  }
}
