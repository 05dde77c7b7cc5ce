import { type KnownKeys } from '../../core/access/keys.ts';
import { type Scope } from '../../core/access/scopes.ts';
import { type SignIn } from '../../core/access/sign-in.ts';
import { within } from '../../core/time/time-limit.ts';
import { SECOND } from '../../core/time/time.ts';
import { isFirst, onlyProcess, type Place } from '../processes/place.ts';
import { type Log } from '../shipping/spool.ts';
import { type Caller } from './callers.ts';
import { callerByKey, guard, type FindCaller } from './guard.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { createKeyWatch, type KeyFeed } from './key-watch.ts';
import { createSessions, sessionSecretOf, signedInBy, type Sessions } from './sessions.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { join } from 'node:path';

const FIRST_LOOK_MS = 5 * SECOND;

export interface AccessParts {
  /** Keys that may do everything; none: the server answers only this machine, and asks for no key. */
  keys: readonly string[];
  /** A key that only reads, for monitoring systems. */
  metricsKey?: string | undefined;
  /** The other keys that callers may send; absent: there are none. */
  storedKeys?: KnownKeys;
  keyFeed?: KeyFeed;
  keysEveryMs?: number;
  /** Signs the console's cookies; by default a secret from the data folder. */
  sessionSecret?: string | undefined;
  sessionHours?: number;
  /** How people sign in, and what their groups may do; absent: they use keys. */
  people?: { signIn: SignIn; groups: Record<string, Scope[]> } | undefined;
  dataFolder: string;
  /** Which process of the server this is; the only one by default. */
  place?: Place;
  logger: Log;
}

/** How a browser gets a session. */
export interface Login {
  ring: KeyRing;
  sessions: Sessions;
  callerOf: FindCaller;
  /** Seals its cookies. */
  secret: string;
  /** null: people sign in with keys only. */
  signIn: SignIn | null;
}

/** Decides who may send which request; null: nobody needs a key. From `app.ready()` on it follows the stored keys. */
export function controlAccess(app: FastifyInstance, parts: AccessParts): Login | null {
  if (parts.keys.length === 0) {
    guard(app, null);
    return null;
  }
  const ring = createKeyRing({ set: parts.keys, reading: parts.metricsKey });
  const secret = parts.sessionSecret ?? sessionSecretOf(parts.dataFolder);
  const { sessionHours: hours, people } = parts;
  const sessions = createSessions(ring, secret, {
    ...(hours !== undefined && { hours }),
    groups: people?.groups ?? {},
  });
  const signedIn = signedInBy(sessions);
  const callerOf = (request: FastifyRequest): Caller =>
    signedIn(request) ?? callerByKey(request.headers.authorization, ring);
  guard(app, callerOf);

  const { storedKeys: known, keyFeed: feed = null, keysEveryMs: everyMs, logger: log } = parts;
  if (known) {
    const path = join(parts.dataFolder, 'serving', 'keys.json');
    const keeps = isFirst(parts.place ?? onlyProcess); // all processes read what the first one saves
    const watch = createKeyWatch({ known, ring, path, keeps, feed, log, ...(everyMs !== undefined && { everyMs }) });
    app.addHook('onReady', async () => {
      // With keys from disk, do not wait for a database that may be down.
      if (!(await watch.restore()))
        await within(FIRST_LOOK_MS, 'reading the keys', watch.look()).catch(() => undefined);
      watch.start();
    });
    app.addHook('onClose', () => watch.stop());
  }
  return { ring, sessions, callerOf, secret, signIn: people?.signIn ?? null };
}
