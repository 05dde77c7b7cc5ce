import { type SegmentCounts } from './segment-counts.ts';
import { type FastifyBaseLogger } from 'fastify';
import {
  closeSync,
  createReadStream,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

export type Log = Pick<FastifyBaseLogger, 'info' | 'warn' | 'error' | 'debug'>;

/**
 * How a segment's predictions are written, which its name ends with: as lines that the log takes as they are
 * (core/data/predictions/prediction-lines.ts), in their first form; or as JSON, by earlier releases.
 */
export type Format = 'copy1' | 'jsonl';
const formats = ['copy1', 'jsonl'] as const satisfies Format[];
/** The end of the name of a file that is still written. Earlier releases wrote JSON into NUMBER.open. */
const OPEN = '.open';

/** A closed file of predictions. */
export interface Segment {
  name: string;
  format: Format;
  /** Of whole lines; JSON is looked at when it is read. */
  bytes: number;
  /** Whether half a line follows them because its writer died; its request was never answered. */
  torn: boolean;
  /** Counts of its predictions, by pipeline; none of a segment of an earlier process. */
  counts: SegmentCounts;
}

/** The closed segments of one folder, oldest first. */
export interface Segments {
  /** The path of a new segment while it is written, and its name once it is closed. */
  next(): { open: string; name: string };
  /** Closes a segment's file for writing. */
  add(segment: Segment): void;
  /** The oldest segment that nobody has taken; null when there is none. */
  take(): Segment | null;
  /** Puts a taken segment back, to retry it. */
  release(segment: Segment): void;
  read(segment: Segment): AsyncIterable<Uint8Array>;
  /** A taken segment is shipped. */
  remove(segment: Segment): Promise<void>;
  /** Moves a taken segment, which has unreadable lines, to the folder `unreadable`, for a person. */
  setAside(segment: Segment): void;
  readonly bytes: number;
  readonly count: number;
  /** When the oldest was last written, in milliseconds; null when there is none. */
  readonly oldestAt: number | null;
}

const NONE: SegmentCounts = new Map();
const READ_AT_ONCE = 256 * 1024;

export function createSegments(folder: string): Segments {
  const aside = join(folder, 'unreadable');
  mkdirSync(folder, { recursive: true });
  const closed = closedSegments(folder);
  const taken = new Set<Segment>();
  let bytes = closed.reduce((sum, segment) => sum + segment.bytes, 0);
  let number = closed.reduce((last, { name }) => Math.max(last, Number.parseInt(name, 10)), 0);

  const pathOf = ({ name }: Segment): string => join(folder, name);

  function forget(segment: Segment): void {
    closed.splice(closed.indexOf(segment), 1);
    bytes -= segment.bytes;
    taken.delete(segment);
  }

  return {
    next() {
      mkdirSync(folder, { recursive: true });
      const name = `${String(++number).padStart(12, '0')}.copy1`;
      return { open: join(folder, name + OPEN), name };
    },
    add(segment) {
      renameSync(pathOf(segment) + OPEN, pathOf(segment));
      closed.push(segment);
      bytes += segment.bytes;
    },
    take() {
      const segment = closed.find((each) => !taken.has(each)) ?? null;
      if (segment) taken.add(segment);
      return segment;
    },
    release: (segment) => void taken.delete(segment),
    async *read(segment) {
      if (segment.bytes === 0) return;
      yield* createReadStream(pathOf(segment), { end: segment.bytes - 1, highWaterMark: READ_AT_ONCE });
    },
    async remove(segment) {
      await rm(pathOf(segment), { force: true });
      forget(segment);
    },
    setAside(segment) {
      mkdirSync(aside, { recursive: true });
      renameSync(pathOf(segment), join(aside, segment.name));
      forget(segment);
    },
    get bytes() {
      return bytes;
    },
    get count() {
      return closed.length;
    },
    get oldestAt() {
      const [oldest] = closed;
      return (oldest && statSync(pathOf(oldest), { throwIfNoEntry: false })?.mtimeMs) ?? null;
    },
  };
}

/** What is in a folder that nobody writes to. A segment that was open when its process died is closed as it is. */
function closedSegments(folder: string): Segment[] {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(OPEN)) continue;
    const stem = name.slice(0, -OPEN.length);
    renameSync(join(folder, name), join(folder, stem.includes('.') ? stem : `${stem}.jsonl`));
  }
  return readdirSync(folder)
    .sort()
    .flatMap((name): Segment[] => {
      const format = formats.find((each) => name.endsWith(`.${each}`));
      if (format === undefined) return [];
      const path = join(folder, name);
      const { size } = statSync(path);
      if (format === 'jsonl') return [{ name, format, bytes: size, torn: false, counts: NONE }];
      const bytes = endOfLastLine(path);
      return [{ name, format, bytes, torn: bytes < size, counts: NONE }];
    });
}

/** How many bytes of a file are whole lines. */
function endOfLastLine(path: string): number {
  const descriptor = openSync(path, 'r');
  try {
    const piece = Buffer.alloc(64 * 1024);
    for (let end = fstatSync(descriptor).size; end > 0;) {
      const start = Math.max(0, end - piece.length);
      const read = readSync(descriptor, piece, 0, end - start, start);
      const at = piece.subarray(0, read).lastIndexOf(10);
      if (at >= 0) return start + at + 1;
      end = start;
    }
    return 0;
  } finally {
    closeSync(descriptor);
  }
}
