import type { Encoding } from './artifact.ts';
import type { Row, Value } from '../data/data.ts';
import { own } from '../base/own.ts';
import type { ColumnChunk } from '../data/chunks.ts';

/** Standardised values are clipped here: one absurd number from a client must not decide a score alone. */
export const FURTHEST = 10;
export const HOURS = 24;

/** Writes rows as the numbers a model reads. Offsets count numbers, not rows. */
export interface Encoder {
  width: number;
  /** Where the numbers of each column are: [start, end). */
  ranges: readonly { column: string; range: readonly [start: number, end: number] }[];
  row(row: Row, into: Float32Array, offset: number): void;
  /** Row by row, `width` numbers each. */
  chunk(chunk: ColumnChunk, into: Float32Array, offset: number): void;
}

/** How many numbers a row becomes. */
export const inputWidth = (encodings: readonly Encoding[]): number =>
  encodings.reduce((width, encoding) => width + widthOf(encoding), 0);

/** The part of an encoding that decides how many numbers its column becomes. */
type Wide =
  | { kind: 'number'; flagMissing: boolean }
  | { kind: 'category'; levels: { length: number } }
  | { kind: 'hour' | 'value' | 'level' };

export function widthOf(encoding: Wide): number {
  switch (encoding.kind) {
    case 'number':
      return encoding.flagMissing ? 2 : 1;
    case 'category':
      return encoding.levels.length;
    case 'hour':
      return 2 + HOURS;
    case 'value':
    case 'level':
      return 1;
  }
}

/**
 * An encoding's inputs in their order: single numbers, and stretches of levels, of which one at most is 1 and the others
 * are 0.
 */
export function stretchesOf(encoding: Wide): ('number' | { levels: number })[] {
  switch (encoding.kind) {
    case 'number':
      return encoding.flagMissing ? ['number', { levels: 1 }] : ['number'];
    case 'category':
      return [{ levels: encoding.levels.length }];
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
    chunk(chunk, into, offset) {
      into.fill(0, offset, offset + chunk.rows * width);
      for (const { column, start, write } of places) {
        const values = own(chunk.columns, column);
        if (!values)
          throw new Error(`Column "${column}" was not read; read are: ${Object.keys(chunk.columns).join(', ')}`);
        for (let row = 0; row < chunk.rows; row++) write(values[row], into, offset + row * width + start);
      }
    },
  };
}

/** Writes one value's numbers from `at` on, over zeros. */
type Writer = (value: Value | undefined, into: Float32Array, at: number) => void;

function writerOf(encoding: Encoding): Writer {
  switch (encoding.kind) {
    case 'number':
      return numberWriter(encoding);
    case 'category':
      return categoryWriter(encoding.levels);
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

function categoryWriter(levels: readonly string[]): Writer {
  const places = placesOf(levels);
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
