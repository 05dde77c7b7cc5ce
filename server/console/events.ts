import { renderSection, type Page } from '../../console/layout.ts';
import { type FastifyBaseLogger, type FastifyReply } from 'fastify';

const EVERY_MS = 1_000;
const HEARTBEAT_MS = 15_000;
const MOST_LISTENERS = 64;
/** A listener that reads slower than we write is disconnected; its browser reconnects by itself. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024;

interface Listener {
  path: string;
  /** The hash of each section that was sent. */
  sent: Map<string, string>;
  reply: FastifyReply;
  /** Whether it may still see the page. */
  may(): boolean;
}

export interface LiveEvents {
  /** Sends a page's sections as they change, while the listener may see them; takes over the connection. */
  listen(path: string, reply: FastifyReply, may: () => boolean): void;
  listeners(): number;
  /** Looks at once, without waiting for the interval. */
  look(): Promise<void>;
  close(): void;
}

/**
 * Renders each open page once a second for all its listeners, and none without a listener. Sends the sections that
 * changed; `read` makes a page.
 */
export function createLiveEvents(
  read: (path: string) => Promise<Page>,
  { log, everyMs = EVERY_MS, most = MOST_LISTENERS }: { log: FastifyBaseLogger; everyMs?: number; most?: number },
): LiveEvents {
  const listeners = new Set<Listener>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lastWord = Date.now();

  const write = (listener: Listener, text: string): void => {
    const { raw } = listener.reply;
    if (raw.writableLength > MOST_UNREAD_BYTES) raw.destroy();
    else raw.write(text);
  };
  const tell = (listener: Listener, event: string, data: string): void =>
    write(listener, `event: ${event}\ndata: ${data}\n\n`);

  function send(listener: Listener, page: Page): void {
    const rendered = page.sections.map(renderSection);
    for (const section of rendered)
      if (listener.sent.get(section.id) !== section.mark) {
        tell(listener, 'section', JSON.stringify(section));
        listener.sent.set(section.id, section.mark);
      }
    for (const id of [...listener.sent.keys()].filter((each) => !rendered.some((section) => section.id === each))) {
      tell(listener, 'gone', id);
      listener.sent.delete(id);
    }
  }

  async function lookOnce(): Promise<void> {
    for (const listener of listeners) if (!listener.may()) listener.reply.raw.end(); // 'close' follows
    const paths = new Set([...listeners].map(({ path }) => path));
    await Promise.all(
      [...paths].map(async (path) => {
        try {
          const page = await read(path);
          for (const listener of listeners) if (listener.path === path && listener.may()) send(listener, page);
        } catch (error) {
          // Loading the page shows the error; here there is nothing newer to send.
          log.debug({ err: error, path }, 'a live page could not be made');
        }
      }),
    );
    if (Date.now() - lastWord < HEARTBEAT_MS) return;
    lastWord = Date.now();
    for (const listener of listeners) write(listener, ': still here\n\n'); // otherwise a proxy would close it
  }

  const look = (): Promise<void> => (looking ??= lookOnce().finally(() => (looking = undefined)));
  const schedule = (): void => {
    // The next look starts a second after the last has ended, so it never overtakes a slow database.
    timer = setTimeout(() => {
      void look().then(() => {
        if (timer !== undefined) schedule();
      });
    }, everyMs);
    timer.unref();
  };
  const rest = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };

  return {
    look,
    listeners: () => listeners.size,
    listen(path, reply, may) {
      const { raw } = reply;
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) raw.setHeader(name, value);
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no', // otherwise nginx would buffer events
      });
      if (listeners.size >= most) {
        raw.end('event: full\ndata: 0\n\n');
        return;
      }
      raw.write('retry: 2000\n\n');
      const listener: Listener = { path, sent: new Map(), reply, may };
      listeners.add(listener);
      raw.on('close', () => {
        listeners.delete(listener);
        if (listeners.size === 0) rest();
      });
      raw.on('error', () => undefined); // a browser that went away; 'close' follows
      if (timer === undefined) schedule();
    },
    close() {
      rest();
      for (const { reply } of listeners) reply.raw.end();
      listeners.clear();
    },
  };
}
