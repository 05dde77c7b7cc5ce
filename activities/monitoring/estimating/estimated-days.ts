import { featuresOf } from '../../../core/columns/index.ts';
import { type Partition, type Snapshot } from '../../../core/data/data.ts';
import { partsWithin } from '../../../core/data/predictions/batches.ts';
import { type Binning, SCORE } from '../../../core/data/profiles/binning.ts';
import { emptyProfile, type Profile } from '../../../core/data/profiles/profile.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { performanceByDay, type PerformanceByDay } from '../../../core/performance/by-day.ts';
import { type EstimateOfDay } from '../../../core/performance/performance-days.ts';
import { before, floorTo, type Instant } from '../../../core/time/time.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { fetchParts } from '../../data/parts.ts';
import { reportProgress, unlessCancelled } from '../../steps/heartbeats.ts';
import { createPauses } from '../../steps/pauses.ts';
import { scorerOf } from '../../training/scorer-of.ts';
import { countScored, rowsWithin, scoredRows } from '../scored-rows.ts';
import { type WindowPorts } from '../window.ts';
import { estimateServed, type Window } from './estimate.ts';
import { daysInBatches, endOfDays, lastDays, MOST_ROWS, requestsByDay, type SlicePorts } from './sliced-rows.ts';
import { cancellationSignal, log } from '@temporalio/activity';

export type EstimatePorts = SlicePorts & { log: Pick<WindowPorts['log'], 'served'> };

/**
 * Estimates each of the last whole days that the champion served, to be compared with its labels: its requests once the day is
 * over or, where hardly any came, all rows that batches scored once they have. A failure costs no check.
 */
export async function estimateDays(
  ports: EstimatePorts,
  pipeline: Pipeline,
  version: ModelVersion,
  asOf: Instant,
): Promise<void> {
  const { name } = pipeline;
  const to = endOfDays(asOf);
  const days = lastDays(to).toReversed();
  const within = { from: days[0]!.from, to };
  await unlessFailed(async () => {
    const told = (await ports.performance.estimates(name, within)).filter((of) => of.version === version.version);
    const snapshots = await newInBatches(ports, pipeline, version, { to, told });
    for (const day of days) {
      const snapshot = snapshots.get(day.from);
      if (snapshot !== undefined || !told.some((of) => of.day === day.from))
        await unlessFailed(() => estimateDay(ports, pipeline, version, day, snapshot));
    }
  });
}

async function unlessFailed(work: () => Promise<void>): Promise<void> {
  try {
    await unlessCancelled(work());
  } catch (error) {
    cancellationSignal().throwIfAborted();
    log.warn('The performance of a day could not be estimated.', { error: messageOf(error) });
  }
}

/** Of its requests, or of the rows in a snapshot that batches scored. */
async function estimateDay(
  ports: EstimatePorts,
  pipeline: Pipeline,
  version: ModelVersion,
  day: Partition,
  snapshot: string | undefined,
): Promise<void> {
  const { name } = pipeline;
  const said = { day: day.from, version: version.version, batched: snapshot !== undefined };
  const rows =
    snapshot === undefined
      ? await mostServed(ports, pipeline, version, day)
      : await scoredIn(ports, name, version, { day, snapshot });
  if (rows instanceof UserError) {
    // It would be missing at each check of a week.
    log.warn('The performance of a day is not estimated: its rows are gone.', {
      day: day.from,
      error: messageOf(rows),
    });
    const withheld = `its rows cannot be read (${rows.code})`;
    return ports.performance.recordEstimate(name, { ...said, metrics: {}, withheld });
  }
  const estimated = rows && (await estimateServed(ports, pipeline, rows));
  const { metrics = {}, withheld = null } = estimated ?? {};
  await ports.performance.recordEstimate(name, { ...said, metrics, withheld });
}

/** Days with few requests that batches hold since they were estimated last, if they were, with the snapshots to read them from. */
async function newInBatches(
  { log: predictions }: EstimatePorts,
  { name, drift }: Pipeline,
  version: ModelVersion,
  { to, told }: { to: Instant; told: readonly EstimateOfDay[] },
): Promise<Map<Instant, string>> {
  const held = await daysInBatches(predictions, version, to);
  for (const { day, batched } of told) if (batched) held.delete(day);
  if (held.size === 0) return held;
  const requests = await requestsByDay(predictions, name, to);
  for (const [ago, { from }] of lastDays(to).entries()) if (requests[ago]! >= drift.minRows) held.delete(from);
  return held;
}

/** How far back a report shows days. */
const SHOWN = '30 days';

/** How predictions did day by day up to a moment, by labels and as estimated. */
export async function readDays(
  { performance }: Pick<EstimatePorts, 'performance'>,
  pipeline: Pipeline,
  asOf: Instant,
): Promise<PerformanceByDay> {
  const within = { from: floorTo(before(asOf, SHOWN), '1 day'), to: asOf };
  const [counted, told] = [
    await performance.list(pipeline.name, within),
    await performance.estimates(pipeline.name, within),
  ];
  return performanceByDay(pipeline, counted, told);
}

/** A day's requests, in the binning that counted most of them: one made since has no counts of it. */
async function mostServed(
  ports: EstimatePorts,
  pipeline: Pipeline,
  version: ModelVersion,
  day: Partition,
): Promise<Window | null> {
  let most: Window | null = null;
  for (const binning of await ports.binnings.list(pipeline.name)) {
    const arms = await unlessCancelled(ports.log.served(pipeline.name, binning, day));
    const current = arms.find((arm) => arm.version === version.version)?.profile;
    if (current && current.rows > (most?.current.rows ?? 0)) most = windowOf(version, day, binning, current);
    if (most && most.current.rows >= pipeline.drift.minRows) break;
  }
  return most;
}

/** A day's rows as batches scored them: scored once more, since a batch keeps nothing else that an estimate needs. */
async function scoredIn(
  ports: EstimatePorts,
  pipeline: string,
  version: ModelVersion,
  { day, snapshot: id }: { day: Partition; snapshot: string },
): Promise<Window | UserError | null> {
  const [binning] = await ports.binnings.list(pipeline);
  if (!binning) return null;
  const trained = await ports.pipelines.declaration({ name: pipeline, revision: version.revision });
  const columns = Object.keys(featuresOf(trained.columns));
  const snapshot = await fetched(ports, id, day);
  if (snapshot instanceof UserError) return snapshot;
  const scorer = await scorerOf(ports, version);
  const one = { in: Math.max(1, Math.ceil(rowsWithin(snapshot, day) / MOST_ROWS)) };
  const current = emptyProfile(binning);
  const pause = createPauses();
  for await (const some of scoredRows(ports, snapshot, day, { columns, scorer, one })) {
    for (const [i, row] of some.entries()) {
      countScored(current, binning, row);
      if (i % 64 === 0) await pause();
    }
    reportProgress({ scored: current.rows });
  }
  return windowOf(version, day, binning, current);
}

/** A snapshot whose rows of a day are on this machine; the error where it, or bytes of them, are gone, which no other try finds. */
async function fetched({ snapshots, cache }: EstimatePorts, id: string, day: Partition): Promise<Snapshot | UserError> {
  try {
    const snapshot = await snapshots.get(id);
    await fetchParts(cache, { parts: partsWithin(snapshot.parts, day) }, 'rows');
    return snapshot;
  } catch (error) {
    if (error instanceof UserError && (error.code === 'SNAPSHOT_MISSING' || error.code === 'OBJECT_MISSING'))
      return error;
    throw error;
  }
}

const windowOf = (version: ModelVersion, window: Partition, binning: Binning, current: Profile): Window => ({
  version,
  window,
  binning,
  current,
  currentScore: current.columns[SCORE],
  promised: current.promised,
});
