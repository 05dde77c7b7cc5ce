import { messageOf } from '../../core/base/errors.ts';
import { type Binning } from '../../core/data/binning.ts';
import { lineOf } from '../../core/data/prediction-lines.ts';
import { type Prediction } from '../../core/data/prediction-log.ts';
import { createSegmentCounter, type SegmentCounter } from './segment-counts.ts';
import { createSegments, type Log, type Segments } from './segments.ts';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

export type { Log } from './segments.ts';

const MIB = 1024 * 1024;

export interface Spool {
  /** Resolves when the predictions are in a file and survive this process. Never rejects. */
  append(predictions: readonly Prediction[]): Promise<void>;
  /** Closes the current file for shipping. */
  rotate(): void;
  readonly closed: Pick<Segments, 'take' | 'release' | 'read' | 'remove' | 'setAside'>;
  /** Predictions lost because the spool was full or could not be written. */
  readonly dropped: number;
  readonly bytes: number;
  readonly segments: number;
  close(): void;
}

export interface SpoolOptions {
  folder: string;
  log: Log;
  /** The bins to count a pipeline's predictions in; null: they are counted later. */
  binningOf?: (pipeline: string) => Binning | null;
  /** Beyond this many bytes the spool takes no more predictions. */
  maxBytes?: number;
  /** A file of this size is closed and the next begun. */
  segmentBytes?: number;
}

/** Predictions on their way to the log, in files of this machine. Those of an earlier process come first. */
export function createSpool({
  folder,
  log,
  binningOf = () => null,
  maxBytes = 256 * MIB,
  segmentBytes = MIB,
}: SpoolOptions): Spool {
  const closed = createSegments(folder);
  let current: { descriptor: number; name: string; bytes: number; counter: SegmentCounter } | null = null;
  let dropped = 0;
  let waiting: { line: string; prediction: Prediction }[] = [];
  let turn: Promise<void> | null = null;
  let isFull = false;

  const bytesOfAll = (): number => closed.bytes + (current?.bytes ?? 0);

  /**
   * One write for all requests of one turn of the event loop. No fsync: this guards against our death, not the
   * machine's.
   */
  function flush(): void {
    const some = waiting;
    waiting = [];
    turn = null;
    if (some.length === 0) return;
    const bytes = Buffer.from(some.map(({ line }) => line).join(''));
    if (bytesOfAll() + bytes.length > maxBytes) {
      dropped += some.length;
      if (!isFull) log.error({ maxBytes }, 'the spool is full: predictions are answered and not logged');
      isFull = true;
      return;
    }
    isFull = false;
    try {
      write(bytes, some);
    } catch (error) {
      // A full disk must not cost the caller its answer.
      dropped += some.length;
      log.error(
        { folder, predictions: some.length },
        `could not spool predictions, so they are lost: ${messageOf(error)}`,
      );
      rotate();
    }
  }

  function write(bytes: Buffer, lines: typeof waiting): void {
    if (current === null) {
      const { open, name } = closed.next();
      current = { descriptor: openSync(open, 'a', 0o600), name, bytes: 0, counter: createSegmentCounter(binningOf) };
    }
    for (let written = 0; written < bytes.length;) written += writeSync(current.descriptor, bytes, written);
    current.bytes += bytes.length;
    for (const { prediction } of lines) current.counter.add(prediction);
    if (current.bytes >= segmentBytes) rotate();
  }

  function rotate(): void {
    if (current === null) return;
    const { descriptor, name, bytes, counter } = current;
    current = null;
    try {
      ftruncateSync(descriptor, bytes); // what a failed write left behind
      closeSync(descriptor);
      closed.add({ name, format: 'copy1', bytes, torn: false, counts: counter.counts() });
    } catch (error) {
      log.error(
        { folder, segment: name },
        `could not close a spool segment; it ships after the next start: ${messageOf(error)}`,
      );
    }
  }

  return {
    append(predictions) {
      for (const prediction of predictions) waiting.push({ line: lineOf(prediction), prediction });
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
