import { messageOf } from '../../core/base/errors/errors.ts';
import { SECOND } from '../../core/time/time.ts';
import pg from 'pg';

const LONGEST_PAUSE = 10 * SECOND;

export interface FeedOptions {
  /** Logs once when the connection is lost, and when it is back. */
  log?: { info(text: string): void; warn(text: string): void };
}

/** Hears of changes by LISTEN, on one connection of its own, which it reopens whenever it is lost. */
export function createFeed<Channel extends string>(
  url: string,
  channels: readonly Channel[],
  { log }: FeedOptions = {},
) {
  const listeners: { channel: Channel; changed: (what: string | null) => void }[] = [];
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let failures = 0;

  const tell = (what: string | null, on?: string): void => {
    for (const { channel, changed } of listeners) if (on === undefined || on === channel) changed(what);
  };

  function lost(which: pg.Client, error?: unknown): void {
    if (client !== which || closed) return;
    client = null;
    void which.end().catch(() => undefined);
    if (failures++ === 0)
      log?.warn(`changes are noticed by polling only, not at once: ${messageOf(error ?? 'the connection ended')}`);
    timer = setTimeout(listen, Math.min(LONGEST_PAUSE, SECOND * 2 ** Math.min(failures - 1, 10)));
  }

  function listen(): void {
    const mine = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 5 * SECOND });
    client = mine;
    mine.on('error', (error) => lost(mine, error));
    mine.on('end', () => lost(mine));
    mine.on('notification', ({ payload, channel }) => tell(payload ?? null, channel));
    mine
      .connect()
      .then(() => mine.query(channels.map((channel) => `listen ${channel}`).join('; ')))
      .then(() => {
        if (failures > 0) log?.info('changes are noticed at once again');
        failures = 0;
        tell(null); // Changes while nobody listened were missed.
      })
      .catch((error: unknown) => lost(mine, error));
  }

  return {
    /** Calls with the word of a change on the channel (a pipeline's name), and with null when there may be any. */
    subscribe(channel: Channel, changed: (what: string | null) => void): void {
      listeners.push({ channel, changed });
      if (listeners.length === 1) listen();
    },
    async close(): Promise<void> {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
