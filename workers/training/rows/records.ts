import { type Encoding } from '../../../core/model/artifact.ts';
import { stretchesOf } from '../../../core/model/preprocessing.ts';

/**
 * Encoded rows in the fewest words of four bytes: the label, the numbers, of each stretch of pieces how many are full
 * (the sum of its inputs, which tells them all), and of each stretch of levels which one is set, counted over all
 * stretches. A row of a hundred levels is a few words, and no sum has to pass over its zeros.
 */
export interface RecordLayout {
  /** Inputs of a row. */
  width: number;
  /** The input of each number of a record. */
  numbers: number[];
  /** The stretches of inputs that are pieces: [start, end). */
  pieces: [start: number, end: number][];
  /** The stretches of inputs that are levels: [start, end). */
  stretches: [start: number, end: number][];
  /** The input of each level, over all stretches. */
  levels: number[];
  words: number;
}

/** In the place of a level where none is set. */
export const NO_LEVEL = 0xffff_ffff;

/** Records one after the other. Both views share the memory: labels and numbers are in one, levels in the other. */
export interface Records {
  bytes: Uint8Array;
  numbers: Float32Array;
  levels: Uint32Array;
}

export function layoutOf(encodings: readonly Encoding[]): RecordLayout {
  const layout: RecordLayout = { width: 0, numbers: [], pieces: [], stretches: [], levels: [], words: 1 };
  for (const stretch of encodings.flatMap(stretchesOf)) {
    const start = layout.width;
    if (stretch === 'number') {
      layout.numbers.push(start);
      layout.width++;
    } else if ('pieces' in stretch) {
      layout.width += stretch.pieces;
      layout.pieces.push([start, layout.width]);
    } else {
      layout.width += stretch.levels;
      layout.stretches.push([start, layout.width]);
      for (let input = start; input < layout.width; input++) layout.levels.push(input);
    }
  }
  layout.words += layout.numbers.length + layout.pieces.length + layout.stretches.length;
  return layout;
}

export const recordsIn = (buffer: ArrayBuffer, at: number, rows: number, { words }: RecordLayout): Records => ({
  bytes: new Uint8Array(buffer, at, rows * words * 4),
  numbers: new Float32Array(buffer, at, rows * words),
  levels: new Uint32Array(buffer, at, rows * words),
});

/** So many rows, at most some at once: as tensors of all their inputs they would take too much memory. */
export function* slicesOf(rows: number, most: number): Generator<[first: number, rows: number]> {
  for (let first = 0; first < rows; first += most) yield [first, Math.min(most, rows - first)];
}

/** Writes encoded rows, `width` inputs each, as records from the first on. */
export function pack(
  inputs: Float32Array,
  labels: Float32Array,
  rows: number,
  { width, numbers, pieces, stretches, words }: RecordLayout,
  into: Records,
): void {
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    let at = row * words;
    into.numbers[at++] = labels[row]!;
    for (let i = 0; i < numbers.length; i++) into.numbers[at++] = inputs[from + numbers[i]!]!;
    for (const [start, end] of pieces) {
      let full = 0;
      for (let input = start; input < end && inputs[from + input] !== 0; input++) full += inputs[from + input]!;
      into.numbers[at++] = full;
    }
    let before = 0;
    for (const [start, end] of stretches) {
      let input = start;
      while (input < end && inputs[from + input] === 0) input++;
      into.levels[at++] = input < end ? before + input - start : NO_LEVEL;
      before += end - start;
    }
  }
}

/** Writes the inputs of the record at `place` as a row, and returns its label. */
export function unpack(
  records: Records,
  place: number,
  { width, numbers, pieces, stretches, levels, words }: RecordLayout,
  into: Float32Array,
  offset: number,
): number {
  into.fill(0, offset, offset + width);
  let at = place * words;
  const label = records.numbers[at++]!;
  for (let i = 0; i < numbers.length; i++) into[offset + numbers[i]!] = records.numbers[at++]!;
  for (const [start, end] of pieces) {
    const full = records.numbers[at++]!;
    for (let input = start; input < end && input - start < full; input++)
      into[offset + input] = Math.min(1, full - (input - start));
  }
  for (let i = 0; i < stretches.length; i++) {
    const level = records.levels[at++]!;
    if (level !== NO_LEVEL) into[offset + levels[level]!] = 1;
  }
  return label;
}
