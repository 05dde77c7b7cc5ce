import { messageOf } from '../../core/base/errors.ts';
import { lineOf } from '../../core/data/prediction-lines.ts';
import { type Prediction } from '../../core/data/prediction-log.ts';
import { createSegments, type Log, type Segments } from './segments.ts';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

export type { Log } from './segments.ts';

const MIB = 1024 * 1024;

export interface Spool {
  /** Resolves when the predictions are in a file and survive this process. Never rejects. */
  append(predictions: readonly Prediction[]): Promise<void>;
  /** Closes the current file for shipping. */
  rotate(): void;
  readonly closed: Pick<Segments, 'take' | 'release' | 'read' | 'remove' | 'setAside' | 'adopt'>;
  /** Predictions lost because the spool was full or could not be written. */
  readonly dropped: number;
  readonly bytes: number;
  readonly segments: number;
  close(): void;
}

export interface SpoolOptions {
  folder: string;
  log: Log;
  /** Beyond this many bytes the spool takes no more predictions. */
  maxBytes?: number;
  /** A file of this size is closed and the next begun. */
  segmentBytes?: number;
}

/** Predictions on their way to the log, in files of this machine. Those of an earlier process come first. */
export function createSpool({ folder, log, maxBytes = 256 * MIB, segmentBytes = MIB }: SpoolOptions): Spool {
  const closed = createSegments(folder, log);
  let current: { descriptor: number; name: string; bytes: number } | null = null;
  let dropped = 0;
  let waiting: string[] = [];
  let turn: Promise<void> | null = null;
  let isFull = false;

  const bytesOfAll = (): number => closed.bytes + (current?.bytes ?? 0);

  /**
   * One write for all requests of one turn of the event loop. No fsync: this guards against our death, not the
   * machine's.
   */
  function flush(): void {
    const lines = waiting;
    waiting = [];
    turn = null;
    if (lines.length === 0) return;
    const bytes = Buffer.from(lines.join(''));
    if (bytesOfAll() + bytes.length > maxBytes) {
      dropped += lines.length;
      if (!isFull) log.error({ maxBytes }, 'the spool is full: predictions are answered and not logged');
      isFull = true;
      return;
    }
    isFull = false;
    try {
      write(bytes);
    } catch (error) {
      // A full disk must not cost the caller its answer.
      dropped += lines.length;
      log.error(
        { folder, predictions: lines.length },
        `could not spool predictions, so they are lost: ${messageOf(error)}`,
      );
      rotate();
    }
  }

  function write(bytes: Buffer): void {
    if (current === null) {
      const { open, name } = closed.next();
      current = { descriptor: openSync(open, 'a', 0o600), name, bytes: 0 };
    }
    for (let written = 0; written < bytes.length;) written += writeSync(current.descriptor, bytes, written);
    current.bytes += bytes.length;
    if (current.bytes >= segmentBytes) rotate();
  }

  function rotate(): void {
    if (current === null) return;
    const { descriptor, name, bytes } = current;
    current = null;
    try {
      ftruncateSync(descriptor, bytes); // what a failed write left behind
      closeSync(descriptor);
      closed.add({ name, format: 'copy1', bytes, torn: false });
    } catch (error) {
      log.error(
        { folder, segment: name },
        `could not close a spool segment; it ships after the next start: ${messageOf(error)}`,
      );
    }
  }

  return {
    append(predictions) {
      for (const prediction of predictions) waiting.push(lineOf(prediction));
      return (turn ??= new Promise((resolve) => {
        setImmediate(() => {
          flush();
          resolve();
        });
      }));
    },
    rotate,
    closed,
    get dropped() {
      return dropped;
    },
    get bytes() {
      return bytesOfAll();
    },
    get segments() {
      return closed.count + (current ? 1 : 0);
    },
    close() {
      flush();
      rotate();
    },
  };
}
