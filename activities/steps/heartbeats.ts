import { UserError } from '../../core/base/errors/errors.ts';
import { Context, activityInfo, heartbeat } from '@temporalio/activity';

const LONGEST_PAUSE_MS = 5_000;

/**
 * How often in a row the worker of a step may fall silent. A step that needs more memory than there is kills each
 * worker that takes it. A worker that is stopped properly ends its steps with an error, and so does an outage of a
 * service: neither counts. After an outage of Temporal, a worker that takes the step again knows that it was alive.
 * That leaves kills; five in a row without progress are more than a rolling upgrade causes, even by SIGKILL, since each
 * one costs the heartbeat timeout before the next.
 */
const MOST_SILENCES = 5;

/** The details in an attempt's heartbeats, for the next attempt. */
interface Beat {
  /** How many attempts in a row have fallen silent, if this one does too. */
  silences: number;
  [reported: string]: unknown;
}

/** Steps that this process has begun, the latest last. */
const begun = new Set<string>();
const MOST_REMEMBERED = 10_000;

/** Notes that this process begins the step; returns whether it has before. */
function beginsAgain(): boolean {
  const { workflowExecution, activityId } = activityInfo();
  const step = `${workflowExecution?.runId}/${activityId}`;
  const again = begun.delete(step);
  begun.add(step);
  const [oldest] = begun;
  if (begun.size > MOST_REMEMBERED) begun.delete(oldest!);
  return again;
}

const latest = new WeakMap<Context, Beat>();

/** The details last sent, by this attempt or the previous one. */
const lastBeat = (): Beat =>
  latest.get(Context.current()) ?? { silences: 0, ...(activityInfo().heartbeatDetails as object | undefined) };

function send(beat: Beat): void {
  latest.set(Context.current(), beat);
  heartbeat(beat);
}

/**
 * Sends details for the next attempt, in case this one is cut off. The timer repeats them until others replace them.
 */
export const reportProgress = (details: object): void => send({ ...details, silences: lastBeat().silences });

/** The same for a point to resume from: it counts as progress, however this attempt ends. */
export const reportCheckpoint = (details: object): void => send({ ...details, silences: 0 });

/**
 * Heartbeats by a timer until the work ends, whatever it waits for, and refuses work that kept killing its workers.
 * Steps without a heartbeat timeout need neither.
 */
export async function withHeartbeats<T>(work: () => Promise<T>): Promise<T> {
  const { heartbeatTimeoutMs } = activityInfo();
  if (heartbeatTimeoutMs === undefined) return work();
  const left = lastBeat();
  // Not this process fell silent, but its connection to Temporal.
  const silences = beginsAgain() ? Math.max(0, left.silences - 1) : left.silences;
  if (silences >= MOST_SILENCES) throw workerLost(silences);
  send({ ...left, silences: silences + 1 });
  const timer = setInterval(() => heartbeat(lastBeat()), Math.min(LONGEST_PAUSE_MS, heartbeatTimeoutMs / 3));
  try {
    return await work();
  } catch (error) {
    send({ ...lastBeat(), silences: 0 }); // reaches the server with the failure
    throw error;
  } finally {
    clearInterval(timer);
  }
}

function workerLost(silences: number): UserError {
  const { activityType, taskQueue } = activityInfo();
  return new UserError(
    'WORKER_LOST',
    `${activityType} started ${silences} times in a row, and each time its worker fell silent before it ended. Most ` +
      'likely it needs more memory than the worker has. Look for "OOMKilled" or exit code 137 among the workers of ' +
      `${taskQueue}, give them more memory, and run it again. If none was killed, check their connection to Temporal.`,
  );
}

/** Stops waiting when the activity is cancelled, for work that cannot itself be stopped. */
export const unlessCancelled = <T>(work: Promise<T>): Promise<T> => Promise.race([work, Context.current().cancelled]);
