import { sentColumns } from '../../core/columns/index.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Snapshot } from '../../core/data/data.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type BatchFiles, newestRows, partsWithin } from '../../core/data/predictions/batches.ts';
import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { total } from '../../core/data/profiles/profile.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { createSkewCount, type Skew } from '../../core/drift/skew.ts';
import { type Verdict } from '../../core/drift/verdict.ts';
import { floorTo, HOUR, instant } from '../../core/time/time.ts';
import { fetchParts } from '../data/parts.ts';
import { reportProgress } from '../steps/heartbeats.ts';
import { cancellationSignal, log as activityLog } from '@temporalio/activity';

export interface SkewPorts {
  log: Pick<PredictionLog, 'rowsByHour' | 'sampleKeyed'>;
  analytics: Pick<BatchFiles, 'readRows'>;
  cache: Pick<LocalCache, 'fetch'>;
}

const SERVED_ROWS = 1_000;
/** Of larger days the newest hours are read. */
const MOST_ROWS = 300_000;

/**
 * The served rows of a snapshot's last day, held against the same rows in it; once per snapshot. Like all that explains a verdict, it is missing rather than in the verdict's way.
 */
export async function compareSkew(
  ports: SkewPorts,
  pipeline: Pipeline,
  snapshot: Snapshot | null,
  previous: Verdict | null,
): Promise<Skew | undefined> {
  if (!snapshot) return undefined;
  if (previous?.skew?.snapshot === snapshot.id) return previous.skew;
  try {
    return await countSkew(ports, pipeline, snapshot);
  } catch (error) {
    cancellationSignal().throwIfAborted();
    activityLog.warn('Served rows could not be held against those of the source.', { error: messageOf(error) });
    return undefined;
  }
}

async function countSkew({ log, analytics, cache }: SkewPorts, pipeline: Pipeline, snapshot: Snapshot): Promise<Skew> {
  const day = newestRows(pipeline, snapshot.asOf, '24 hours');
  const rows = total(partsWithin(snapshot.parts, day).map((part) => part.rows));
  const hours = Math.max(1, Math.floor(24 * Math.min(1, MOST_ROWS / Math.max(1, rows))));
  const to = floorTo(day.to, '1 hour');
  const within = { from: instant(Date.parse(to) - hours * HOUR), to };
  const predictions = total(await log.rowsByHour(pipeline.name, within));
  const one = { in: Math.max(1, Math.floor(predictions / SERVED_ROWS)), atMost: 2 * SERVED_ROWS };
  const served = predictions === 0 ? [] : await log.sampleKeyed(pipeline.name, within, one);
  if (served.length === 0) return { snapshot: snapshot.id, rows: 0, unequal: [] };
  const columns = sentColumns(pipeline.columns).map(([column]) => column);
  const count = createSkewCount(served, columns);
  for (const file of await fetchParts(cache, { parts: partsWithin(snapshot.parts, within) }, 'rows'))
    for await (const chunk of analytics.readRows(file, within, columns)) {
      count.add(chunk);
      reportProgress({ compared: chunk.rows });
    }
  return count.skew(snapshot.id);
}
