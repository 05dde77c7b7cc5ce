import { knownKey, type KnownKey, type KnownKeys } from '../../core/access/keys.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { parseStored } from '../../core/base/stored.ts';
import { within } from '../../core/time/time-limit.ts';
import { SECOND } from '../../core/time/time.ts';
import { writeWhole } from '../serving/models/files.ts';
import { type Log } from '../shipping/spool.ts';
import { type KeyRing } from './key-ring.ts';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

/** Tells at once that keys changed. It can lose messages: the watch polls anyway. */
export interface KeyFeed {
  subscribe(changed: () => void): void;
}

export interface KeyWatchParts {
  known: KnownKeys;
  ring: KeyRing;
  /** Where this machine keeps the hashes, to know keys without the database. */
  path: string;
  /** Whether this process writes there. */
  keeps: boolean;
  feed: KeyFeed | null;
  log: Log;
  everyMs?: number;
}

export interface KeyWatch {
  /** Takes up what this machine knew last; false when it knew nothing. */
  restore(): Promise<boolean>;
  /** Reads the keys once; rejects when the database does not answer. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

const LONGEST_LOOK = 10 * SECOND;

const fileSchema = z.object({ format: z.literal(1), keys: z.array(knownKey) });

/** Keeps the ring as the database has it: told by the feed, and every few seconds in case a message was lost. */
export function createKeyWatch({ known, ring, path, keeps, feed, log, everyMs = 3 * SECOND }: KeyWatchParts): KeyWatch {
  let kept = '';
  let looking: Promise<void> | null = null;
  let again = false;
  let reachable = true;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function keep(keys: KnownKey[]): Promise<void> {
    const content = JSON.stringify({ format: 1, keys });
    if (!keeps || content === kept) return;
    await writeWhole(path, content);
    kept = content;
  }

  async function lookOnce(): Promise<void> {
    const keys = await within(LONGEST_LOOK, 'reading the keys', known.known());
    ring.hold(keys);
    await keep(keys).catch((error: unknown) => log.error({ path }, `cannot keep the keys: ${messageOf(error)}`));
    const used = ring.takeUsed();
    if (used.length > 0) await within(LONGEST_LOOK, 'remembering which keys were used', known.used(used));
  }

  /** One look at a time; calls during one share the next. */
  async function look(): Promise<void> {
    while (looking) await looking.catch(() => undefined);
    looking = lookOnce().finally(() => (looking = null));
    await looking;
  }

  async function lookQuietly(): Promise<void> {
    try {
      await look();
      if (!reachable) log.info('the keys follow the database again');
      reachable = true;
    } catch (error) {
      if (reachable) log.warn(`the keys stay as they were known last: ${messageOf(error)}`);
      reachable = false;
    }
  }

  function plan(): void {
    if (stopped) return;
    timer = setTimeout(() => void lookQuietly().finally(plan), everyMs);
  }

  function hear(): void {
    if (stopped || again) return; // changes before that look begins share it
    again = true;
    void (looking ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        again = false;
        return lookQuietly();
      });
  }

  return {
    look,
    async restore() {
      const text = await readFile(path, 'utf8').catch(() => null);
      if (text === null) return false;
      try {
        const { data, error } = parseStored(fileSchema, JSON.parse(text));
        if (error) throw error;
        ring.hold(data.keys);
        kept = text;
        return true;
      } catch (error) {
        log.error({ path }, `cannot read the keys that were known last, so the database is asked: ${messageOf(error)}`);
        return false;
      }
    },
    start() {
      feed?.subscribe(hear);
      void lookQuietly().finally(plan);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (looking) await within(SECOND, 'the last look at the keys', looking).catch(() => undefined);
    },
  };
}
