import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { type Binning } from '../../core/data/profiles/binning.ts';
import { lineOf } from '../../core/data/predictions/prediction-lines.ts';
import { isInSample, type LogPolicy } from '../../core/declaration/serving.ts';
import { type Prediction } from '../../core/data/predictions/prediction-log.ts';
import { createSegmentCounter, type SegmentCounter } from './segment-counts.ts';
import { createSegments, type Log, type Segments } from './segments.ts';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

export type { Log } from './segments.ts';

export const MIB = 1024 * 1024;
/** From here on a request that may be refused is: those under way still find room. */
const FULL = 0.95;

export interface Spool {
  /** Throws LOG_FULL if predictions under this policy may not be answered now. */
  admit(policy: LogPolicy): void;
  /**
   * Resolves when the predictions that the policy wants are in a file and survive this process. A policy that sheds
   * makes it reject with LOG_FULL when they are not.
   */
  append(predictions: readonly Prediction[], policy: LogPolicy): Promise<void>;
  /** Closes the current file for shipping. */
  rotate(): void;
  readonly closed: Pick<Segments, 'take' | 'release' | 'read' | 'remove' | 'setAside'>;
  /** Predictions that were answered and not logged because the spool filled up or could not be written. */
  readonly dropped: number;
  /** Predictions that were not logged because the declaration wants a sample. */
  readonly sampledOut: number;
  /** Requests that were refused because the spool was full or could not be written. */
  readonly shed: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly segments: number;
  /** When the oldest closed file was last written, in milliseconds; null when there is none. */
  readonly oldestAt: number | null;
  close(): void;
}

export interface SpoolOptions {
  folder: string;
  log: Log;
  /** The bins to count a pipeline's predictions in; null: they are counted later. */
  binningOf?: (pipeline: string) => Binning | null;
  /** Beyond half of this many bytes the spool takes fewer and fewer predictions, and never more bytes than these. */
  maxBytes?: number;
  /** A file of this size is closed and the next begun. */
  segmentBytes?: number;
}

/** Predictions on their way to the log, in files of this machine. Those of an earlier process come first. */
export function createSpool({
  folder,
  log,
  binningOf = () => null,
  maxBytes = 1024 * MIB,
  segmentBytes = MIB,
}: SpoolOptions): Spool {
  const closed = createSegments(folder);
  let current: { descriptor: number; name: string; bytes: number; counter: SegmentCounter } | null = null;
  let dropped = 0;
  let sampledOut = 0;
  let shed = 0;
  let waiting: { line: string; prediction: Prediction; mustBeLogged: boolean }[] = [];
  let turn: Promise<boolean> | null = null;
  let thins = false;
  let fails = false;

  const bytesOfAll = (): number => closed.bytes + (current?.bytes ?? 0);

  /** The share of predictions that there is room for: all until the spool is half full, then ever fewer. */
  function roomFor(): number {
    const share = Math.min(1, 2 * (1 - bytesOfAll() / maxBytes));
    if (share < 1 !== thins) {
      thins = share < 1;
      if (thins)
        log.error({ folder, maxBytes }, 'the spool is half full: of the predictions fewer and fewer are logged');
      else log.info({ folder }, 'the spool has room for all predictions again');
    }
    return share;
  }

  function refuse(): never {
    shed++;
    throw new UserError(
      'LOG_FULL',
      'This prediction could not be logged, so it is not answered. Repeat it in some seconds.',
    );
  }

  /**
   * One write for all requests of one turn of the event loop. No fsync: this guards against our death, not the
   * machine's. Returns whether it succeeded.
   */
  function flush(): boolean {
    const some = waiting;
    waiting = [];
    turn = null;
    if (some.length === 0) return true;
    const bytes = Buffer.from(some.map(({ line }) => line).join(''));
    try {
      if (bytesOfAll() + bytes.length > maxBytes) throw new Error(`the spool is full, with ${maxBytes} bytes`);
      write(bytes, some);
      fails = false;
      return true;
    } catch (error) {
      // A full disk must not cost the caller its answer.
      dropped += some.filter(({ mustBeLogged }) => !mustBeLogged).length;
      if (!fails) log.error({ folder }, `predictions cannot be spooled: ${messageOf(error)}`);
      fails = true;
      rotate();
      return false;
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
    admit({ whenFull }) {
      if (whenFull === 'shed' && bytesOfAll() >= FULL * maxBytes) refuse();
    },
    async append(predictions, { sample, whenFull }) {
      const mustBeLogged = whenFull === 'shed';
      const room = mustBeLogged ? 1 : roomFor();
      for (const prediction of predictions) {
        if (!isInSample(prediction.id, sample)) sampledOut++;
        else if (!isInSample(prediction.id, sample * room)) dropped++;
        else waiting.push({ line: lineOf(prediction), prediction, mustBeLogged });
      }
      turn ??= new Promise((resolve) => setImmediate(() => resolve(flush())));
      if (!(await turn) && mustBeLogged) refuse();
    },
    rotate,
    closed,
    get dropped() {
      return dropped;
    },
    get sampledOut() {
      return sampledOut;
    },
    get shed() {
      return shed;
    },
    maxBytes,
    get bytes() {
      return bytesOfAll();
    },
    get segments() {
      return closed.count + (current ? 1 : 0);
    },
    get oldestAt() {
      return closed.oldestAt;
    },
    close() {
      flush();
      rotate();
    },
  };
}
