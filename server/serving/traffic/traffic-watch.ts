import { messageOf } from '../../../core/base/errors/errors.ts';
import { inParallel } from '../../../core/base/in-parallel.ts';
import { type PipelineRef } from '../../../core/declaration/pipeline.ts';
import { type Pipelines } from '../../../core/declaration/pipelines.ts';
import { type TrafficTable } from '../../../core/rollout/traffic.ts';
import { MINUTE, SECOND } from '../../../core/time/time.ts';
import { type Models } from '../models/models.ts';
import { type Log } from '../../shipping/spool.ts';
import { createTakes } from './takes.ts';
import { orStop, within } from '../../../core/time/time-limit.ts';

/** Reports changed traffic at once. It can lose messages: the watch polls each second anyway. */
export interface TrafficFeed {
  subscribe(changed: (pipeline: string | null) => void): void;
  close(): Promise<void>;
}

export interface TrafficWatch {
  /** Looks once, and resolves when new traffic is taken up, or cannot be; rejects when the database does not answer. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
  /** When the database last answered, in the machine's milliseconds; null when it never has. */
  readonly lastContact: number | null;
  /** Whether the database answered the last query, whatever followed. */
  readonly reachable: boolean;
}

export interface TrafficWatchOptions {
  traffic: Pick<TrafficTable, 'list'>;
  pipelines: Pick<Pipelines, 'list'>;
  models: Models;
  feed: TrafficFeed | null;
  log: Log;
  pollMs?: number;
}

const LONGEST_LOOK = 30 * SECOND; // a connection can hang for ever; the next look takes another one
const LONGEST_PAUSE = MINUTE; // between attempts at an unreadable version or declaration
const AT_ONCE = 4; // declarations read at once

/**
 * Follows the traffic table: the feed names a changed pipeline, and each second it polls all of them in case a message
 * was lost, with two queries for any number.
 */
export function createTrafficWatch(options: TrafficWatchOptions): TrafficWatch {
  const { pipelines, models, feed, log, pollMs = SECOND } = options;
  const pauses = new Map<string, { what: string | number; attempts: number; until: number }>();
  let lastContact: number | null = null;
  let reachable = false;
  let looking: Promise<void> | null = null;
  let complained = false;
  const stopped = new AbortController();
  /** Pipelines whose traffic changed since the last look, by the feed. */
  const told = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  /** One pipeline's failure stops no other: `work` on the same `what` is retried after a growing pause. */
  async function byItself(which: string, what: string | number, work: () => Promise<unknown>): Promise<void> {
    const pause = pauses.get(which);
    if (pause?.what === what && Date.now() < pause.until) return;
    try {
      await work();
      pauses.delete(which);
    } catch {
      // The models have reported it; the previous traffic still serves.
      const attempts = (pause?.what === what ? pause.attempts : 0) + 1;
      const wait = Math.min(LONGEST_PAUSE, pollMs * 2 ** Math.min(attempts - 1, 10));
      pauses.set(which, { what, attempts, until: Date.now() + wait });
    }
  }

  const know = (ref: PipelineRef): Promise<void> =>
    byItself(`declaration of ${ref.name}`, ref.revision, () => models.know(ref));
  /** Beside the looks: an artifact can take long to arrive. */
  const takes = createTakes((traffic, taking) =>
    byItself(`traffic of ${traffic.pipeline}`, traffic.generation, () => models.apply(traffic, taking)),
  );

  async function lookAtAll(signal: AbortSignal): Promise<void> {
    const [refs, traffics] = [await pipelines.list(), await options.traffic.list()];
    lastContact = Date.now();
    await inParallel(AT_ONCE, refs, know, signal);
    signal.throwIfAborted();
    for (const traffic of traffics) takes.want(traffic);
  }

  async function lookAtTold(signal: AbortSignal): Promise<void> {
    const names = [...told];
    told.clear();
    const traffics = await options.traffic.list(names);
    lastContact = Date.now();
    signal.throwIfAborted();
    for (const traffic of traffics) takes.want(traffic);
  }

  /** One look at a time; a call during a look waits for it and then looks itself. */
  async function look(at = lookAtAll): Promise<void> {
    while (looking) await looking.catch(() => undefined);
    looking = orStop(LONGEST_LOOK, 'looking at the traffic table', stopped.signal, at);
    try {
      await looking;
      if (!reachable) log.info('the database answers; following its traffic');
      reachable = true;
    } catch (error) {
      if (stopped.signal.aborted) throw error; // we ended the look ourselves
      if (reachable || !complained)
        log.warn(`the database does not answer; serving what is loaded: ${messageOf(error)}`);
      complained = true;
      reachable = false;
      throw error;
    } finally {
      looking = null;
    }
  }

  async function lookQuietly(at = lookAtAll): Promise<void> {
    await look(at).catch(() => undefined); // the failure is logged, and shows in /health
  }

  function hear(pipeline: string | null): void {
    if (stopped.signal.aborted) return;
    if (pipeline === null) return void lookQuietly();
    const first = told.size === 0; // calls before that look begins share it
    told.add(pipeline);
    if (first) void lookQuietly(lookAtTold);
  }

  function plan(): void {
    if (stopped.signal.aborted) return;
    timer = setTimeout(() => void lookQuietly().finally(plan), pollMs);
  }

  return {
    async look() {
      await look();
      await takes.ended();
      await models.saved();
    },
    start() {
      feed?.subscribe(hear);
      plan();
    },
    async stop() {
      stopped.abort();
      clearTimeout(timer);
      await feed?.close();
      if (looking) await within(SECOND, 'the last look', looking).catch(() => undefined);
      await takes.stop();
    },
    get lastContact() {
      return lastContact;
    },
    get reachable() {
      return reachable;
    },
  };
}
