import { LABEL, type Row, type Value } from '../../core/data/data.ts';
import { type Analytics } from '../../core/data/analytics.ts';
import { type RowChunk } from '../../core/data/chunks.ts';
import { type Target } from '../../core/model/artifact.ts';
import { type Encoder } from '../../core/model/preprocessing.ts';
import { type SplitName } from '../../core/training/training.ts';

/** Encoded rows; the arrays are used again for the next chunk. */
export interface Encoded {
  rows: number;
  inputs: Float32Array;
  labels: Float32Array;
}

export interface SplitReader {
  chunks(split: SplitName): AsyncIterable<RowChunk>;
}

export const splitReader = (analytics: Analytics, file: string, columns: string[]): SplitReader => ({
  chunks: (split) => analytics.readSplit(file, split, columns),
});

/** A split in the order of the file, as many rows at a time as were read, or at most so many. Labels that are numbers come standardised. */
export async function* encodedChunks(
  reader: SplitReader,
  encoder: Encoder,
  split: SplitName,
  target: Target | null,
  most = Infinity,
): AsyncGenerator<Encoded> {
  let buffer = rowBuffer(0, encoder.width);
  for await (const chunk of reader.chunks(split)) {
    const labels = labelsOf(chunk);
    for (let first = 0; first < chunk.rows; first += most) {
      const rows = Math.min(most, chunk.rows - first);
      if (buffer.labels.length < rows) buffer = rowBuffer(rows, encoder.width);
      encoder.chunk(chunk, buffer.inputs, 0, first, rows);
      for (let row = 0; row < rows; row++) {
        const label = Number(labels[first + row]);
        buffer.labels[row] = target ? (label - target.mean) / target.deviation : label;
      }
      yield {
        rows,
        inputs: buffer.inputs.subarray(0, rows * encoder.width),
        labels: buffer.labels.subarray(0, rows),
      };
    }
  }
}

export function labelsOf({ own }: RowChunk): Value[] {
  const labels = own[LABEL];
  if (!labels) throw new Error(`The training set was read without its labels (${LABEL})`);
  return labels;
}

export type RowBuffer = Pick<Encoded, 'inputs' | 'labels'>;
export const rowBuffer = (rows: number, width: number): RowBuffer => ({
  inputs: new Float32Array(rows * width),
  labels: new Float32Array(rows),
});

export const PROBE_ROWS = 16;

/** Some rows of the selection split and one of nulls: with the logits they had, they prove that a model scores as it did. */
export async function probeRows(reader: SplitReader, names: string[]): Promise<Row[]> {
  const rows: Row[] = [Object.fromEntries(names.map((name) => [name, null]))];
  for await (const chunk of reader.chunks('selection')) {
    for (let row = 0; row < chunk.rows && rows.length <= PROBE_ROWS; row++)
      rows.push(Object.fromEntries(names.map((name) => [name, chunk.columns[name]?.[row] ?? null])));
    if (rows.length > PROBE_ROWS) break;
  }
  return rows;
}

/** Rows as a model reads them, one after the other. */
export function encodeRows(rows: Row[], encoder: Encoder): Float32Array {
  const inputs = new Float32Array(rows.length * encoder.width);
  for (const [index, row] of rows.entries()) encoder.row(row, inputs, index * encoder.width);
  return inputs;
}
