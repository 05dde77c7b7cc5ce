import type { Partition } from './data.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { RowChunk } from './chunks.ts';
import { whenOf } from '../runs/schedules.ts';
import { before, instant, milliseconds, type Instant } from '../time/time.ts';
import { offsetOf } from '../time/zones.ts';

/** The champion's scores of a window's rows, made at one go. Champion, snapshot and window stay as they were when it was opened. */
export interface Batch {
  id: string;
  pipeline: string;
  revision: string;
  asOf: Instant;
  version: number;
  snapshot: string;
  window: Partition;
  /** Nobody reads of a batch before it is published, which it is when all its parts are whole. */
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
  /** null where a score estimates a number and there is nothing to decide. */
  decision: boolean | null;
}

export interface Batches {
  /** Opens the batch of a pipeline for a moment, or returns the one there is, as whoever came first opened it. */
  open(batch: Omit<Batch, 'status' | 'rows' | 'createdAt' | 'publishedAt'>): Promise<Batch>;
  /** Throws BATCH_UNKNOWN. */
  get(pipeline: string, id: string): Promise<Batch>;
  /** The one of this moment, whatever became of it. */
  find(pipeline: string, asOf: Instant): Promise<Batch | null>;
  /** The one of the last moment before this. */
  previous(pipeline: string, asOf: Instant): Promise<Batch | null>;
  /** Newest first, also those that are not published yet. */
  list(pipeline: string, limit: number): Promise<Batch[]>;
  parts(batch: string): Promise<BatchPart[]>;
  /** Writes a part with all its predictions, or nothing; a part that is there already stays. Returns the one kept. */
  recordPart(batch: string, part: BatchPart, predictions: AsyncIterable<BatchPrediction[]>): Promise<BatchPart>;
  /** Lets everybody read the batch; refuses while these parts of its snapshot are not all scored. */
  publish(pipeline: string, id: string, parts: string[]): Promise<Batch>;
  /** Of published batches only, in the order of their keys, those after `after`. */
  predictions(batch: string, page: { after: string | null; limit: number }): Promise<BatchPrediction[]>;
}

/** What batches ask of Parquet files on this machine. */
export interface BatchFiles {
  /** Rows with from <= _time < to: `_key`, `_time` and the columns, a chunk at a time. */
  readRows(file: string, within: Partition, columns: string[]): AsyncIterable<RowChunk>;
  /** Writes predictions as they come, in bounded memory. */
  writePredictions(
    predictions: AsyncIterable<BatchPrediction[]>,
    version: number,
    file: string,
  ): Promise<{ rows: number; sha256: string }>;
  readPredictions(file: string): AsyncIterable<BatchPrediction[]>;
}

/** The parts of a snapshot's rows that reach into a window. */
export const partsWithin = <P extends Partition & { kind: 'rows' | 'labels' }>(parts: P[], window: Partition): P[] =>
  parts.filter(({ kind, from, to }) => kind === 'rows' && from < window.to && to > window.from);

/**
 * The window of the newest rows that a snapshot has. It ends at the watermark, where the rows end: so the windows of a
 * daily run lie edge to edge, and every row is in one of them.
 */
export function newestRows({ source }: Pick<Pipeline, 'source'>, asOf: Instant, window: string): Partition {
  const to = before(asOf, source.lateness);
  return { from: before(to, window), to };
}

/**
 * What a batch covers. When the clock of its schedule's zone has changed meanwhile, it begins where the batch before it
 * ended: a day of 23 or 25 hours, or a run that the clock leapt over, loses no row and scores none twice.
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
