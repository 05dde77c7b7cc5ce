import { messageOf } from '../../core/base/errors.ts';
import { type Prediction } from '../../core/data/prediction-log.ts';
import { type FastifyBaseLogger } from 'fastify';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

export type Log = Pick<FastifyBaseLogger, 'info' | 'warn' | 'error' | 'debug'>;

const MIB = 1024 * 1024;
/** A closed file of predictions, JSON lines, oldest first by name. */
export interface Segment {
  name: string;
  bytes: number;
}

export interface Spool {
  /** Resolves when the predictions are in a file and survive this process. Never rejects. */
  append(predictions: readonly Prediction[]): Promise<void>;
  /** Closes the current file for shipping. */
  rotate(): void;
  /** The oldest closed segment, which is not dropped while it is held; null when there is none. */
  hold(): Segment | null;
  read(segment: Segment): Promise<string>;
  /** The held segment is shipped. */
  remove(segment: Segment): Promise<void>;
  /** Moves the held segment, which has unreadable lines, to the folder `unreadable`, for a person. */
  setAside(segment: Segment): void;
  /** Puts the held segment back, to retry it. */
  release(): void;
  /** Predictions lost because the spool was full or could not be written. */
  readonly dropped: number;
  readonly bytes: number;
  readonly segments: number;
  close(): void;
}

export interface SpoolOptions {
  folder: string;
  log: Log;
  /** Beyond this many bytes the spool drops its oldest segment. */
  maxBytes?: number;
  /** A file of this size is closed and the next begun. */
  segmentBytes?: number;
}

/** Predictions on their way to the log, in files of this machine. Those of an earlier process come first. */
export function createSpool({ folder, log, maxBytes = 256 * MIB, segmentBytes = MIB }: SpoolOptions): Spool {
  const aside = join(folder, 'unreadable');
  mkdirSync(folder, { recursive: true });
  // A segment that was open when its process died is complete as it is.
  for (const name of readdirSync(folder))
    if (name.endsWith('.open')) renameSync(join(folder, name), join(folder, name.replace(/\.open$/, '.jsonl')));
  const closed: Segment[] = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => ({ name, bytes: statSync(join(folder, name)).size }));

  let next = 1 + Number.parseInt(closed.at(-1)?.name ?? '0', 10);
  let current: { descriptor: number; stem: string; bytes: number } | null = null;
  let held: Segment | null = null;
  let closedBytes = closed.reduce((sum, segment) => sum + segment.bytes, 0);
  let dropped = 0;
  let waiting: string[] = [];
  let turn: Promise<void> | null = null;

  const pathOf = (segment: Segment): string => join(folder, segment.name);

  /**
   * One write for all requests of one turn of the event loop. No fsync: this guards against our death, not the
   * machine's.
   */
  function flush(): void {
    const lines = waiting;
    waiting = [];
    turn = null;
    if (lines.length === 0) return;
    try {
      writeAll(Buffer.from(lines.join('')));
    } catch (error) {
      // A full disk must not cost the caller its answer. The next write starts a new file, after the torn line.
      dropped += lines.length;
      log.error(
        { folder, predictions: lines.length },
        `could not spool predictions, so they are lost: ${messageOf(error)}`,
      );
      rotate();
    }
  }

  function writeAll(bytes: Buffer): void {
    if (current === null) {
      mkdirSync(folder, { recursive: true });
      const stem = String(next++).padStart(12, '0');
      current = { descriptor: openSync(join(folder, `${stem}.open`), 'a', 0o600), stem, bytes: 0 };
    }
    for (let written = 0; written < bytes.length;) {
      const count = writeSync(current.descriptor, bytes, written);
      written += count;
      current.bytes += count;
    }
    if (current.bytes >= segmentBytes) rotate();
    while (closedBytes + (current?.bytes ?? 0) > maxBytes && dropOldest());
  }

  function rotate(): void {
    if (current === null) return;
    const { descriptor, stem, bytes } = current;
    current = null;
    try {
      closeSync(descriptor);
      renameSync(join(folder, `${stem}.open`), join(folder, `${stem}.jsonl`));
      closed.push({ name: `${stem}.jsonl`, bytes });
      closedBytes += bytes;
    } catch (error) {
      log.error(
        { folder, segment: stem },
        `could not close a spool segment; it ships after the next start: ${messageOf(error)}`,
      );
    }
  }

  function dropOldest(): boolean {
    const at = closed.findIndex((segment) => segment !== held);
    const [oldest] = at < 0 ? [] : closed.splice(at, 1);
    if (!oldest) return false;
    closedBytes -= oldest.bytes;
    let lost = 0;
    try {
      for (const byte of readFileSync(pathOf(oldest))) if (byte === 10) lost++;
      rmSync(pathOf(oldest), { force: true });
    } catch (error) {
      log.error({ segment: oldest.name }, `could not drop a spool segment: ${messageOf(error)}`);
    }
    dropped += lost;
    log.error(
      { segment: oldest.name, predictions: lost, maxBytes },
      'the spool is full: dropped its oldest predictions',
    );
    return true;
  }

  function forget(segment: Segment): void {
    const at = closed.indexOf(segment);
    if (at >= 0) {
      closed.splice(at, 1);
      closedBytes -= segment.bytes;
    }
    held = null;
  }

  return {
    append(predictions) {
      for (const prediction of predictions) waiting.push(`${JSON.stringify(prediction)}\n`);
      return (turn ??= new Promise((resolve) => {
        setImmediate(() => {
          flush();
          resolve();
        });
      }));
    },
    rotate,
    hold: () => (held = closed[0] ?? null),
    read: (segment) => readFile(pathOf(segment), 'utf8'),
    async remove(segment) {
      await rm(pathOf(segment), { force: true });
      forget(segment);
    },
    setAside(segment) {
      mkdirSync(aside, { recursive: true });
      renameSync(pathOf(segment), join(aside, segment.name));
      forget(segment);
    },
    release: () => void (held = null),
    get dropped() {
      return dropped;
    },
    get bytes() {
      return closedBytes + (current?.bytes ?? 0);
    },
    get segments() {
      return closed.length + (current ? 1 : 0);
    },
    close() {
      flush();
      rotate();
    },
  };
}
