import { messageOf } from '../core/errors.ts';
import { type Pipelines, type Registry } from '../core/ports.ts';
import { MINUTE, SECOND } from '../core/time.ts';
import { type Models } from './models.ts';
import { type Log } from './spool.ts';
import { within } from './time-limit.ts';

/** Tells at once that traffic changed. It may lose messages: the watch looks each second anyway. */
export interface TrafficFeed {
  subscribe(changed: (pipeline: string | null) => void): void;
  close(): Promise<void>;
}

export interface TrafficWatch {
  /** Looks once and takes up what is new; rejects when the database cannot be asked. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
  /** When the database last answered, in the machine's milliseconds; null when it never did. */
  readonly lastContact: number | null;
  readonly reachable: boolean;
}

export interface TrafficWatchOptions {
  registry: Pick<Registry, 'traffic'>;
  pipelines: Pick<Pipelines, 'list'>;
  models: Models;
  feed: TrafficFeed | null;
  log: Log;
  /** Called after a pipeline's traffic was taken up. */
  onChanged?: (pipeline: string) => void;
  pollMs?: number;
}

const LONGEST_LOOK = 30 * SECOND; // a connection may hang for ever; the next look takes another one
const LONGEST_PAUSE = MINUTE; // between attempts to load a version that cannot be loaded

/** Follows the traffic table: told by the feed, and looking each second in case a message was lost. */
export function createTrafficWatch(options: TrafficWatchOptions): TrafficWatch {
  const { registry, pipelines, models, feed, log, onChanged, pollMs = SECOND } = options;
  const pauses = new Map<string, { generation: number; attempts: number; until: number }>();
  let lastContact: number | null = null;
  let reachable = false;
  let looking: Promise<void> | null = null;
  let complained = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function take(name: string): Promise<void> {
    const traffic = await registry.traffic(name);
    lastContact = Date.now();
    if (!traffic) return;
    const pause = pauses.get(name);
    if (pause?.generation === traffic.generation && Date.now() < pause.until) return;
    try {
      if (await models.apply(traffic)) onChanged?.(name);
      pauses.delete(name);
    } catch {
      // The models have told of it; what served before still serves.
      const attempts = (pause?.generation === traffic.generation ? pause.attempts : 0) + 1;
      const wait = Math.min(LONGEST_PAUSE, pollMs * 2 ** Math.min(attempts - 1, 10));
      pauses.set(name, { generation: traffic.generation, attempts, until: Date.now() + wait });
    }
  }

  async function pass(): Promise<void> {
    const refs = await pipelines.list();
    lastContact = Date.now();
    for (const ref of refs) {
      await models.know(ref);
      await take(ref.name);
    }
  }

  /** One look at a time; a call during a look waits for it and then looks itself. */
  async function look(): Promise<void> {
    while (looking) await looking.catch(() => undefined);
    looking = within(LONGEST_LOOK, 'looking at the traffic table', pass());
    try {
      await looking;
      if (!reachable) log.info('the database answers; traffic is followed');
      reachable = true;
    } catch (error) {
      if (reachable || !complained)
        log.warn(`the database does not answer; what is loaded is served: ${messageOf(error)}`);
      complained = true;
      reachable = false;
      throw error;
    } finally {
      looking = null;
    }
  }

  async function lookQuietly(): Promise<void> {
    await look().catch(() => undefined); // the failure is logged, and shows in /health
  }

  function plan(): void {
    if (stopped) return;
    timer = setTimeout(() => void lookQuietly().finally(plan), pollMs);
  }

  return {
    look,
    start() {
      feed?.subscribe(() => {
        if (!stopped) void lookQuietly();
      });
      plan();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await feed?.close();
      if (looking) await within(SECOND, 'the last look', looking).catch(() => undefined);
    },
    get lastContact() {
      return lastContact;
    },
    get reachable() {
      return reachable;
    },
  };
}
