import type { OwnColumn, Partition, Row } from '../data.ts';
import type { Pipeline } from '../../declaration/pipeline.ts';
import type { RowChunk } from '../chunks.ts';
import { whenOf } from '../../runs/schedules.ts';
import { before, instant, milliseconds, type Instant } from '../../time/time.ts';
import { offsetOf } from '../../time/zones.ts';

/** The champion's scores of a window's rows, as one unit. Champion, snapshot and window are fixed when it is opened. */
export interface Batch {
  id: string;
  pipeline: string;
  revision: string;
  asOf: Instant;
  version: number;
  snapshot: string;
  window: Partition;
  /** A batch is readable only once it is published, which needs all its parts. */
  status: 'scoring' | 'published';
  rows: number;
  createdAt: Instant;
  publishedAt: Instant | null;
}

/** One Parquet file of a batch: the scores of one part of its snapshot. */
export interface BatchPart {
  /** The id of the snapshot's part. */
  part: string;
  objectKey: string;
  sha256: string;
  rows: number;
}

export interface BatchPrediction {
  key: string;
  time: Instant;
  score: number;
  /** null for numbers and classes, where no threshold decides. */
  decision: boolean | null;
  /** What the label of a number lies between; absent: of another kind, or not known. */
  low?: number;
  high?: number;
  /** The answer, for a label of kind class, and the probability of each in their order; absent: of another kind. */
  label?: string;
  probabilities?: number[];
  /** The values that declared slices look at; absent: none are declared. */
  sliced?: Row;
}

export interface Batches {
  /** Opens the batch of a pipeline for a time, or returns the existing one, as its first caller opened it. */
  open(batch: Omit<Batch, 'status' | 'rows' | 'createdAt' | 'publishedAt'>): Promise<Batch>;
  /** Throws BATCH_UNKNOWN. */
  get(pipeline: string, id: string): Promise<Batch>;
  /** The batch for this time, published or not. */
  find(pipeline: string, asOf: Instant): Promise<Batch | null>;
  /** The batch before this time. */
  previous(pipeline: string, asOf: Instant): Promise<Batch | null>;
  /** Newest first, including unpublished ones. */
  list(pipeline: string, limit: number): Promise<Batch[]>;
  parts(batch: string): Promise<BatchPart[]>;
  /** Writes a part with all its predictions, or nothing; an existing part stays. Returns the one kept. */
  recordPart(batch: string, part: BatchPart, predictions: AsyncIterable<BatchPrediction[]>): Promise<BatchPart>;
  /** Publishes the batch; refuses until all these parts of its snapshot are scored. */
  publish(pipeline: string, id: string, parts: string[]): Promise<Batch>;
  /** Predictions of published batches only, in the order of their keys, after `after`. */
  predictions(batch: string, page: { after: string | null; limit: number }): Promise<BatchPrediction[]>;
}

/** The queries that batches run on Parquet files on this machine. */
export interface BatchFiles {
  /** Rows with from <= _time < to, a chunk at a time. Our own columns in it are `_key` and `_time` by default. */
  readRows(file: string, within: Partition, columns: string[], own?: OwnColumn[]): AsyncIterable<RowChunk>;
  /** Writes predictions as they come, in bounded memory. */
  writePredictions(
    predictions: AsyncIterable<BatchPrediction[]>,
    version: number,
    file: string,
  ): Promise<{ rows: number; sha256: string }>;
  readPredictions(file: string): AsyncIterable<BatchPrediction[]>;
}

/** The parts of a snapshot's rows that overlap a window. */
export const partsWithin = <P extends Partition & { kind: 'rows' | 'labels' }>(parts: P[], window: Partition): P[] =>
  parts.filter(({ kind, from, to }) => kind === 'rows' && from < window.to && to > window.from);

/**
 * The window of a snapshot's newest rows. It ends at the watermark, where the rows end, so the windows of a daily run
 * are adjacent and every row is in one of them.
 */
export function newestRows({ source }: Pick<Pipeline, 'source'>, asOf: Instant, window: string): Partition {
  const to = before(asOf, source.lateness);
  return { from: before(to, window), to };
}

/**
 * The window of a batch. If the clock of its schedule's zone has changed meanwhile, the window begins where the
 * previous batch ended: a day of 23 or 25 hours, or a run that the clock skipped, loses no row and scores none twice.
 */
export function batchWindow(pipeline: Pipeline, asOf: Instant, previous: Partition | null): Partition {
  const window = newestRows(pipeline, asOf, pipeline.prediction.window);
  const zone = (whenOf(pipeline, 'prediction') ?? whenOf(pipeline, 'lifecycle'))?.zone;
  if (zone === undefined || previous === null) return window;
  const length = milliseconds(pipeline.prediction.window);
  const change = Math.abs(offsetOf(zone, asOf) - offsetOf(zone, instant(Date.parse(asOf) - 2 * length)));
  const between = Date.parse(window.from) - Date.parse(previous.to);
  const follows = change > 0 && between >= -change && between <= length + change;
  return follows ? { from: previous.to, to: window.to } : window;
}
