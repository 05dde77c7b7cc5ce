import { freePort } from '../../../local/stack/tcp-ports.ts';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  to: string[];
  text: string;
  html: string | null;
  header(name: string): string | null;
}

export interface Mailbox {
  url: string;
  mails: Mail[];
  /** What the next deliveries meet: taken in, refused, or taken in with the answer lost. */
  mood: 'well' | 'refuses' | 'loses its answer';
  close(): Promise<void>;
}

/** A real SMTP server that wants a password. With a port it comes back where one was. */
export async function openMailbox(port?: number): Promise<Mailbox> {
  const where = port ?? (await freePort(22_000 + (process.pid % 10_000))).port;
  const box: Omit<Mailbox, 'close'> = { url: `smtp://perennial:secret@127.0.0.1:${where}`, mails: [], mood: 'well' };
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      done(password === 'secret' ? null : new Error('wrong password'), { user: username }),
    onData(stream, { envelope }, done) {
      let raw = '';
      stream.on('data', (chunk: Buffer) => (raw += chunk.toString()));
      stream.on('end', () => {
        if (box.mood === 'refuses') return done(new Error('the disk is full'));
        box.mails.push(
          parseMail(
            raw,
            envelope.rcptTo.map(({ address }) => address),
          ),
        );
        if (box.mood === 'loses its answer') {
          box.mood = 'well';
          for (const connection of server.connections)
            (connection as { _socket?: { destroy(): void } })._socket?.destroy();
          return;
        }
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((listening) => server.listen(where, '127.0.0.1', listening));
  return Object.assign(box, { close: () => new Promise<void>((closed) => server.close(closed)) });
}

function parseMail(raw: string, to: string[]): Mail {
  const { header, body } = parsePart(raw);
  const boundary = /boundary="([^"]+)"/.exec(header('Content-Type') ?? '')?.[1];
  const parts = (boundary === undefined ? [raw] : body.split(`--${boundary}`)).map((part) =>
    parsePart(part.trimStart()),
  );
  const part = (type: string): string | null => {
    const found = parts.find((each) => each.header('Content-Type')?.startsWith(type));
    return found ? decoded(found.body, found.header('Content-Transfer-Encoding')) : null;
  };
  return { to, text: part('text/plain') ?? '', html: part('text/html'), header };
}

function parsePart(raw: string): { header: Mail['header']; body: string } {
  const end = raw.indexOf('\r\n\r\n');
  const head = raw.slice(0, end).replace(/\r\n\s+/g, ' ');
  return {
    header: (name) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? null,
    body: raw.slice(end + 4),
  };
}

function decoded(body: string, encoding: string | null): string {
  const bytes =
    encoding === 'base64'
      ? Buffer.from(body, 'base64')
      : encoding === 'quoted-printable'
        ? Buffer.from(body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1') // prettier-ignore
        : Buffer.from(body);
  return bytes.toString().replace(/\r\n/g, '\n').trim();
}

export interface Hook {
  url: string;
  posts: { text: string }[];
  /** How often it was asked. */
  asked: number;
  /** What it answers. */
  status: number;
  headers: Record<string, string>;
  close(): Promise<void>;
}

/** A real web hook that takes what Slack's takes. */
export async function openHook(port = 0): Promise<Hook> {
  const hook: Omit<Hook, 'close' | 'url'> = { posts: [], asked: 0, status: 200, headers: {} };
  const read = async (request: IncomingMessage): Promise<string> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    return body;
  };
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      hook.asked++;
      if (hook.status === 200) hook.posts.push(JSON.parse(body) as { text: string });
      response.writeHead(hook.status, hook.headers).end(hook.status === 200 ? 'ok' : 'no_service');
    });
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  const { port: where } = server.address() as AddressInfo;
  return Object.assign(hook, {
    url: `http://127.0.0.1:${where}/services/T0/B0/very-secret`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  });
}
