import type { Encoding } from './artifact.ts';
import type { Row, Value } from '../data/data.ts';
import { own } from '../base/own.ts';
import type { ColumnChunk } from '../data/chunks.ts';

/** Standardised values are clipped here: one absurd number from a client must not decide a score alone. */
export const FURTHEST = 10;
/** Of what is not clipped; a Float32 has room for this. */
export const UNCLIPPED = 1e30;
/** What is scaled by quantiles never reaches this; within it, it is drawn in more the farther out it is. */
export const SOFT_FURTHEST = 3;
export const HOURS = 24;

/** Writes rows as the numbers a model reads. Offsets count numbers, not rows. */
export interface Encoder {
  width: number;
  /** Where the numbers of each column are: [start, end). */
  ranges: readonly { column: string; range: readonly [start: number, end: number] }[];
  row(row: Row, into: Float32Array, offset: number): void;
  /** Row by row, `width` numbers each: of all rows, or of some from the `first` on. */
  chunk(chunk: ColumnChunk, into: Float32Array, offset: number, first?: number, rows?: number): void;
}

/** How many numbers a row becomes. */
export const inputWidth = (encodings: readonly Encoding[]): number =>
  encodings.reduce((width, encoding) => width + widthOf(encoding), 0);

/** The part of an encoding that decides how many numbers its column becomes. */
type Wide =
  | { kind: 'number' | 'robust'; flagMissing: boolean }
  | { kind: 'pieces'; edges: { length: number }; flagMissing: boolean }
  | { kind: 'category'; levels: { length: number }; shared?: { inputs: number } | undefined }
  | { kind: 'hour' | 'value' | 'level' };

export function widthOf(encoding: Wide): number {
  switch (encoding.kind) {
    case 'number':
    case 'robust':
      return encoding.flagMissing ? 2 : 1;
    case 'pieces':
      return encoding.edges.length - 1 + (encoding.flagMissing ? 1 : 0);
    case 'category':
      return encoding.levels.length + (encoding.shared?.inputs ?? 0);
    case 'hour':
      return 2 + HOURS;
    case 'value':
    case 'level':
      return 1;
  }
}

/**
 * An encoding's inputs in their order: single numbers; stretches of pieces, which are 1 up to some place and 0 after it;
 * and stretches of levels, of which one at most is 1 and the others are 0.
 */
export type Stretch = 'number' | { pieces: number } | { levels: number };

export function stretchesOf(encoding: Wide): Stretch[] {
  switch (encoding.kind) {
    case 'number':
    case 'robust':
      return encoding.flagMissing ? ['number', { levels: 1 }] : ['number'];
    case 'pieces': {
      const pieces = { pieces: encoding.edges.length - 1 };
      return encoding.flagMissing ? [pieces, { levels: 1 }] : [pieces];
    }
    case 'category':
      return [{ levels: widthOf(encoding) }];
    case 'hour':
      return ['number', 'number', { levels: HOURS }];
    case 'value':
    case 'level':
      return ['number'];
  }
}

/** Compiles fitted encodings, once per model: a row then costs one call per column and allocates nothing. */
export function createEncoder(encodings: readonly Encoding[]): Encoder {
  const width = inputWidth(encodings);
  let start = 0;
  const places = encodings.map((encoding) => {
    const place = { column: encoding.column, start, write: writerOf(encoding) };
    start += widthOf(encoding);
    return place;
  });

  return {
    width,
    ranges: places.map(({ column, start }, i) => ({ column, range: [start, places[i + 1]?.start ?? width] })),
    row(row, into, offset) {
      into.fill(0, offset, offset + width);
      for (const { column, start, write } of places) write(row[column], into, offset + start);
    },
    chunk(chunk, into, offset, first = 0, rows = chunk.rows) {
      into.fill(0, offset, offset + rows * width);
      for (const { column, start, write } of places) {
        const values = own(chunk.columns, column);
        if (!values)
          throw new Error(`Column "${column}" was not read; read are: ${Object.keys(chunk.columns).join(', ')}`);
        for (let row = 0; row < rows; row++) write(values[first + row], into, offset + row * width + start);
      }
    },
  };
}

/** How many rows to encode at once: many levels make them long. */
export const rowsAtOnce = (width: number): number => Math.max(1, Math.floor(2 ** 22 / width));

/** Shows each row of a chunk as the numbers that a model reads. */
export function eachEncoded(
  encoder: Encoder,
  chunk: ColumnChunk,
  visit: (inputs: Float32Array, row: number) => void,
): void {
  const { width } = encoder;
  const most = Math.min(chunk.rows, rowsAtOnce(width));
  const encoded = new Float32Array(most * width);
  for (let first = 0; first < chunk.rows; first += most) {
    const rows = Math.min(most, chunk.rows - first);
    encoder.chunk(chunk, encoded, 0, first, rows);
    for (let row = 0; row < rows; row++) visit(encoded.subarray(row * width, (row + 1) * width), first + row);
  }
}

/** Writes one value's numbers from `at` on, over zeros. */
type Writer = (value: Value | undefined, into: Float32Array, at: number) => void;

function writerOf(encoding: Encoding): Writer {
  switch (encoding.kind) {
    case 'number':
      return numberWriter(encoding);
    case 'robust':
      return robustWriter(encoding);
    case 'pieces':
      return piecesWriter(encoding);
    case 'category':
      return categoryWriter(encoding);
    case 'hour':
      return writeHour;
    case 'value':
      return writeValue;
    case 'level':
      return levelWriter(encoding.levels);
  }
}

function numberWriter({
  transform,
  median,
  mean,
  deviation,
  flagMissing,
  furthest = FURTHEST,
}: Extract<Encoding, { kind: 'number' }>): Writer {
  const log = transform === 'log';
  return (value, into, at) => {
    const known = typeof value === 'number' && Number.isFinite(value);
    const number = known ? value : median;
    const standard = ((log ? symmetricLog(number) : number) - mean) / deviation;
    into[at] = Math.max(-furthest, Math.min(furthest, standard));
    if (flagMissing && !known) into[at + 1] = 1;
  };
}

function robustWriter({ transform, median, scale, flagMissing }: Extract<Encoding, { kind: 'robust' }>): Writer {
  const transformed = transform === 'log' ? symmetricLog : (x: number): number => x;
  const middle = transformed(median);
  return (value, into, at) => {
    const known = typeof value === 'number' && Number.isFinite(value);
    into[at] = known ? drawnIn((transformed(value) - middle) / scale) : 0;
    if (flagMissing && !known) into[at + 1] = 1;
  };
}

/** drawnIn(0.1) // => 0.0999, drawnIn(3) // => 2.12, drawnIn(1e9) // => 3 */
const drawnIn = (x: number): number =>
  Math.abs(x) < 1e9 ? x / Math.sqrt(1 + (x / SOFT_FURTHEST) ** 2) : Math.sign(x) * SOFT_FURTHEST;

function piecesWriter({ median, edges, flagMissing }: Extract<Encoding, { kind: 'pieces' }>): Writer {
  return (value, into, at) => {
    const known = typeof value === 'number' && Number.isFinite(value);
    const place = placeAmong(edges, known ? value : median);
    for (let piece = 0; piece < place; piece++) into[at + piece] = Math.min(1, place - piece);
    if (flagMissing && !known) into[at + edges.length - 1] = 1;
  };
}

/**
 * How many pieces lie below a value, the one it is in by its share; as a Float32, so that a piece's input is the same
 * whether it comes from here or from the place as training keeps it. placeAmong([0, 10, 30], 15) // => 1.25
 */
function placeAmong(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length - 1];
  if (value <= edges[low]!) return low;
  if (value >= edges[high]!) return high;
  while (high - low > 1) {
    const half = (low + high) >> 1;
    if (edges[half]! <= value) low = half;
    else high = half;
  }
  return Math.fround(low + (value - edges[low]!) / (edges[high]! - edges[low]!));
}

function categoryWriter({ levels, shared }: Extract<Encoding, { kind: 'category' }>): Writer {
  const places = placesOf(levels);
  if (shared) for (const [i, level] of shared.levels.entries()) places.set(level, levels.length + (i % shared.inputs));
  return (value, into, at) => {
    const place = placeOf(value, places);
    if (place !== undefined) into[at + place] = 1;
  };
}

const writeHour: Writer = (value, into, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) return;
  const hour = ((Math.floor(value) % HOURS) + HOURS) % HOURS;
  const angle = (2 * Math.PI * hour) / HOURS;
  into[at] = Math.sin(angle);
  into[at + 1] = Math.cos(angle);
  into[at + 2 + hour] = 1;
};

const writeValue: Writer = (value, into, at) => {
  into[at] = typeof value === 'number' && Number.isFinite(value) ? value : NaN;
};

function levelWriter(levels: readonly string[]): Writer {
  const places = placesOf(levels);
  return (value, into, at) => {
    into[at] = placeOf(value, places) ?? NaN;
  };
}

const placesOf = (levels: readonly string[]): Map<string, number> =>
  new Map(levels.map((level, index) => [level, index]));

function placeOf(value: Value | undefined, places: ReadonlyMap<string, number>): number | undefined {
  if (value === null || value === undefined) return undefined;
  return places.get(typeof value === 'string' ? value : String(value));
}

/** A logarithm that accepts zero and negatives: symmetricLog(1 - Math.E) // => -1 */
export const symmetricLog = (x: number): number => Math.sign(x) * Math.log1p(Math.abs(x));
