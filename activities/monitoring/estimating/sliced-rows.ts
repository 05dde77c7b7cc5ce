import { type Binnings } from '../../../core/data/profiles/binnings.ts';
import { total } from '../../../core/data/profiles/profile.ts';
import { type PredictionLog } from '../../../core/data/predictions/prediction-log.ts';
import { type Partition, type Snapshot } from '../../../core/data/data.ts';
import { snapshotOfDay } from '../../../core/data/predictions/whole-days.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type EstimatedSlices } from '../../../core/performance/estimated-slices.ts';
import { after, before, floorTo, type Instant } from '../../../core/time/time.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { type HoldoutPorts } from '../performance/holdout-days.ts';
import { type ReferencePorts } from '../reference.ts';
import { rowsWithin, scoredRows, type ScoringPorts, type SourceRow } from '../scored-rows.ts';
import { scorerOf } from '../../training/scorer-of.ts';
import { cancellationSignal } from '@temporalio/activity';

export type SlicePorts = HoldoutPorts &
  ReferencePorts &
  ScoringPorts & {
    binnings: Pick<Binnings, 'list'>;
    log: Pick<PredictionLog, 'scored' | 'rowsByHour' | 'batched'>;
  };

/** Of more rows, one in so many. */
export const MOST_ROWS = 200_000;
/** Until each slice has enough rows, another day is read, of so many. */
export const MOST_DAYS = 7;
/** Some predictions of a day are logged after its end. */
const SETTLES = '1 hour';

/** The end of the newest whole day, whose predictions are logged. */
export const endOfDays = (asOf: Instant): Instant => floorTo(before(asOf, SETTLES), '1 day');

/** Rows of whole days, with the champion's scores. */
export interface SlicedRows extends Pick<EstimatedSlices, 'of' | 'to'> {
  /** About how many each of the last days has, the newest first. */
  rows(): Promise<number[]>;
  /** Those of these columns that were not declared yet when a day's rows were read. */
  lacks(day: Partition, columns: readonly string[]): Promise<string[]>;
  read(day: Partition, columns: string[], one: { in: number }): AsyncIterable<readonly SourceRow[]>;
}

/** The source's rows that a check watches. */
export interface Watched {
  snapshot: Snapshot;
  window: Partition;
  /** Why the champion cannot score them. */
  unscored?: string | undefined;
}

/** Which rows tell of slices: those that are watched; of requests, or where hardly any came, of what batches scored. */
export async function findSlicedRows(
  ports: SlicePorts,
  { name, gates }: Pick<Pipeline, 'name' | 'gates'>,
  version: ModelVersion,
  { asOf, watched }: { asOf: Instant; watched: Watched | null },
): Promise<SlicedRows> {
  if (watched) {
    const to = floorTo(watched.window.to, '1 day');
    const snapshotOf = async (day: Partition) => (isUnseen(version, day) ? watched.snapshot : null);
    return { of: 'data', to, ...ofSource(ports, version, to, snapshotOf) };
  }
  const to = endOfDays(asOf);
  const held = await daysInBatches(ports.log, version, to);
  const requests = (): Promise<number[]> => requestsByDay(ports.log, name, to);
  const newest = held.keys().next().value;
  if (newest !== undefined && total(await requests()) < gates.minRows) {
    const end = after(newest, '1 day');
    const snapshotOf = async ({ from }: Partition): Promise<Snapshot | null> => {
      const snapshot = held.get(from);
      return snapshot === undefined ? null : ports.snapshots.get(snapshot);
    };
    return { of: 'batches', to: end, ...ofSource(ports, version, end, snapshotOf) };
  }
  return {
    to,
    rows: requests,
    // A column that may be missing may be left out of a request.
    lacks: async () => [],
    read: (day, _, one) => ports.log.scored(name, version.version, day, one, cancellationSignal()),
  };
}

/** How many requests came on each of the last whole days, the newest first. */
export async function requestsByDay(
  log: Pick<PredictionLog, 'rowsByHour'>,
  pipeline: string,
  to: Instant,
): Promise<number[]> {
  const hours = await log.rowsByHour(pipeline, { from: before(to, `${MOST_DAYS} days`), to });
  return Array.from({ length: MOST_DAYS }, (_, day) => total(hours.slice(24 * day, 24 * (day + 1)))).reverse();
}

/** A version may have learnt from days that begin before its splits end. */
const isUnseen = ({ splits }: Pick<ModelVersion, 'splits'>, { from }: Partition): boolean => from >= splits.to;

/**
 * Those of the last whole days all of whose rows a version scored in batches and has not learnt from, the newest first, each
 * with the snapshot to read it from.
 */
export async function daysInBatches(
  log: Pick<PredictionLog, 'batched'>,
  of: Pick<ModelVersion, 'pipeline' | 'version' | 'splits'>,
  to: Instant,
): Promise<Map<Instant, string>> {
  const days = lastDays(to).filter((day) => isUnseen(of, day));
  const batches = await log.batched(of.pipeline, of.version, { from: before(to, `${MOST_DAYS} days`), to });
  return new Map(
    days.flatMap((day) => {
      const snapshot = snapshotOfDay(batches, day);
      return snapshot === null ? [] : [[day.from, snapshot] as const];
    }),
  );
}

/** The newest first. */
export const lastDays = (to: Instant): Partition[] =>
  Array.from({ length: MOST_DAYS }, (_, ago) => ({
    from: before(to, `${ago + 1} days`),
    to: before(to, `${ago} days`),
  }));

/** Rows of the source, which the version scores once more. */
function ofSource(
  ports: SlicePorts,
  version: ModelVersion,
  to: Instant,
  snapshotOf: (day: Partition) => Promise<Snapshot | null>,
): Pick<SlicedRows, 'rows' | 'lacks' | 'read'> {
  return {
    async rows() {
      const counts: number[] = [];
      for (const day of lastDays(to)) {
        const snapshot = await snapshotOf(day);
        counts.push(snapshot ? rowsWithin(snapshot, day) : 0);
      }
      return counts;
    },
    async lacks(day, columns) {
      const snapshot = await snapshotOf(day);
      if (!snapshot) return [];
      const then = await ports.pipelines.declaration({ name: snapshot.pipeline, revision: snapshot.revision });
      return columns.filter((column) => !Object.hasOwn(then.columns, column));
    },
    async *read(day, columns, one) {
      const snapshot = await snapshotOf(day);
      const scorer = await scorerOf(ports, version);
      if (snapshot) yield* scoredRows(ports, snapshot, day, { columns, scorer, one });
    },
  };
}
