import { messageOf } from '../../../core/base/errors.ts';
import { SECOND } from '../../../core/time/time.ts';
import { TRAFFIC_CHANNEL } from './traffic.ts';
import pg from 'pg';

const LONGEST_PAUSE = 10 * SECOND;

export interface TrafficFeedOptions {
  /** Logs once when the connection is lost, and when it is back. */
  log?: { info(text: string): void; warn(text: string): void };
}

/** Receives changed traffic by LISTEN, on its own connection, which it reopens whenever it is lost. */
export function createTrafficFeed(url: string, { log }: TrafficFeedOptions = {}) {
  const listeners: ((pipeline: string | null) => void)[] = [];
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let failures = 0;

  const tell = (pipeline: string | null): void => {
    for (const listener of listeners) listener(pipeline);
  };

  function lost(which: pg.Client, error?: unknown): void {
    if (client !== which || closed) return;
    client = null;
    void which.end().catch(() => undefined);
    if (failures++ === 0)
      log?.warn(
        `traffic changes are noticed by polling only, not at once: ${messageOf(error ?? 'the connection ended')}`,
      );
    timer = setTimeout(listen, Math.min(LONGEST_PAUSE, SECOND * 2 ** Math.min(failures - 1, 10)));
  }

  function listen(): void {
    const mine = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 5 * SECOND });
    client = mine;
    mine.on('error', (error) => lost(mine, error));
    mine.on('end', () => lost(mine));
    mine.on('notification', ({ payload }) => tell(payload ?? null));
    mine
      .connect()
      .then(() => mine.query(`listen ${TRAFFIC_CHANNEL}`))
      .then(() => {
        if (failures > 0) log?.info('traffic changes are noticed at once again');
        failures = 0;
        tell(null); // Changes while nobody listened were missed.
      })
      .catch((error: unknown) => lost(mine, error));
  }

  return {
    /** Calls with a pipeline's name when its traffic changed, and with null when any may have. */
    subscribe(changed: (pipeline: string | null) => void): void {
      listeners.push(changed);
      if (listeners.length === 1) listen();
    },
    async close(): Promise<void> {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
