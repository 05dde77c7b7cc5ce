import { createRandom } from '../../core/base/random.ts';
import { type ColumnChunk, type RowChunk } from '../../core/data/chunks.ts';
import { ENTITY, KEY, type Partition, type Snapshot, TIME } from '../../core/data/data.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type BatchFiles, partsWithin } from '../../core/data/predictions/batches.ts';
import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { type WindowRow } from '../../core/drift/explaining/shown-rows.ts';
import { instant } from '../../core/time/time.ts';
import { createSampler } from '../../core/explaining/sample.ts';
import { type Rows } from '../../core/drift/reference/like-rows.ts';
import { createThinner } from '../../core/drift/reference/parts.ts';
import { fetchParts } from '../data/parts.ts';
import { reportProgress } from '../steps/heartbeats.ts';
import { rowsOf } from '../training/scoring.ts';
import { type ReferenceRows } from './reference-rows.ts';

export interface SamplePorts {
  log: Pick<PredictionLog, 'sampleRows' | 'newestRows'>;
  analytics: Pick<BatchFiles, 'readRows'>;
  cache: Pick<LocalCache, 'fetch'>;
}

const SEED = 'sample';

/**
 * Some of so many rows of a reference, the same ones each time, in the order of time; by weights of the parts of the week
 * only those like a window's.
 */
export async function sampleReference(
  reference: Pick<ReferenceRows, 'chunks'>,
  columns: readonly string[],
  { most, of, weights = null, weekend }: { most: number; of: number } & Partial<Pick<Rows, 'weights' | 'weekend'>>,
): Promise<ColumnChunk> {
  const sampler = createSampler([...columns, WHEN], Math.max(1, Math.floor(of / most)), createRandom(SEED));
  const keeps = weights && createThinner(weights, weekend);
  for await (const chunk of reference.chunks([...columns])) {
    sampler.add(keeps ? thinned(timed(chunk), keeps) : timed(chunk));
    reportProgress({ sampled: chunk.rows });
  }
  return inTime(sampler.all());
}

/** Some of so many rows of a window, in the order of time: of a snapshot, or of what was served. */
export async function sampleWindow(
  { log, analytics, cache }: SamplePorts,
  {
    pipeline,
    snapshot,
    window,
    rows,
  }: { pipeline: string; snapshot: Snapshot | null; window: Partition; rows: number },
  columns: readonly string[],
  most: number,
): Promise<ColumnChunk> {
  const stride = Math.max(1, Math.floor(rows / most));
  if (!snapshot) {
    const sampled = await log.sampleRows(pipeline, window, { in: stride, atMost: 2 * most });
    const values = columns.map((column) => [column, sampled.map((row) => row[column] ?? null)] as const);
    return { rows: sampled.length, columns: Object.fromEntries(values) };
  }
  const sampler = createSampler([...columns, WHEN], stride, createRandom(SEED));
  for (const file of await fetchParts(cache, { parts: partsWithin(snapshot.parts, window) }, 'rows'))
    for await (const chunk of analytics.readRows(file, window, [...columns])) sampler.add(timed(chunk));
  return inTime(sampler.all());
}

/** Rows that may show what moved. */
const MOST_SHOWN_FROM = 500;

/** The newest rows of a window that was served; of a snapshot, some of its newest part. */
export async function newestRows(
  { log, analytics, cache }: SamplePorts,
  { pipeline, snapshot, window }: { pipeline: string; snapshot: Snapshot | null; window: Partition },
  columns: readonly string[],
): Promise<WindowRow[]> {
  if (!snapshot) return log.newestRows(pipeline, window, MOST_SHOWN_FROM);
  const parts = partsWithin(snapshot.parts, window).sort((a, b) => (a.from < b.from ? 1 : -1));
  const rows: WindowRow[] = [];
  for (const part of parts) {
    const [file] = await fetchParts(cache, { parts: [part] }, 'rows');
    for await (const chunk of analytics.readRows(file!, window, [...columns], [KEY, TIME, ENTITY])) {
      let i = 0;
      for (const row of rowsOf(chunk, [...columns])) {
        const [key, time] = [String(chunk.own[KEY]![i]), instant(Number(chunk.own[TIME]![i]))];
        const entity = chunk.own[ENTITY]![i++] ?? null;
        rows.push({ id: null, key, entity: entity === null ? null : String(entity), time, row });
        if (rows.length === MOST_SHOWN_FROM) return rows;
      }
    }
  }
  return rows;
}

/** No column has this name. */
const WHEN = '\u0000when';
const timed = ({ rows, columns, own }: RowChunk): ColumnChunk => ({
  rows,
  columns: { ...columns, [WHEN]: own[TIME]! },
});

function thinned({ columns }: ColumnChunk, keeps: (time: number) => boolean): ColumnChunk {
  const rows = columns[WHEN]!.flatMap((time, row) => (keeps(Number(time)) ? [row] : []));
  const kept = Object.entries(columns).map(([name, values]) => [name, rows.map((row) => values[row]!)] as const);
  return { rows: rows.length, columns: Object.fromEntries(kept) };
}

function inTime({ rows, columns }: ColumnChunk): ColumnChunk {
  const { [WHEN]: when, ...named } = columns;
  const times = when!.map(Number);
  const order = times.map((_, row) => row).sort((a, b) => times[a]! - times[b]!);
  const sorted = Object.entries(named).map(([name, values]) => [name, order.map((row) => values[row]!)] as const);
  return { rows, columns: Object.fromEntries(sorted) };
}
