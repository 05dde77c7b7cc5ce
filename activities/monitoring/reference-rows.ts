import { type Analytics } from '../../core/data/analytics.ts';
import { type RowChunk } from '../../core/data/chunks.ts';
import { type Partition, type Row, type Snapshot } from '../../core/data/data.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type BatchFiles, partsWithin } from '../../core/data/predictions/batches.ts';
import { type Binning } from '../../core/data/profiles/binning.ts';
import { type Profile } from '../../core/data/profiles/profile.ts';
import { type Snapshots } from '../../core/data/snapshots.ts';
import { type UsedReference } from '../../core/drift/reference/kinds/index.ts';
import { type TrainingRuns } from '../../core/training/versions/training-runs.ts';
import { isPartlyLabelled, type ModelVersion } from '../../core/training/training.ts';
import { fetchParts } from '../data/parts.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { scorerOf } from '../training/scorer-of.ts';

/** Rows that windows are compared with. */
export interface ReferenceRows<Used = UsedReference> {
  used: Used;
  /** Under which their counts are stored. */
  subject: string;
  /** The columns that they have. */
  columns: string[];
  /** With the time of each among our own columns. */
  chunks(columns: string[]): AsyncIterable<RowChunk>;
  /** Counts all rows at once; absent: they have scores, which are made row by row. */
  count?(binning: Binning): Promise<Profile>;
  /** The champion's scores; null: they have none. */
  scorer(): Promise<((row: Row) => number) | null>;
}

export interface LabelledRowsPorts {
  trainingRuns: Pick<TrainingRuns, 'get'>;
  analytics: Pick<Analytics, 'readSplit'>;
  cache: Pick<LocalCache, 'fetch'>;
}

export interface HoldoutRowsPorts extends LabelledRowsPorts {
  snapshots: Pick<Snapshots, 'get'>;
  analytics: Pick<Analytics, 'readSplit' | 'readHeld'>;
}

type HoldoutRows = ReferenceRows<Extract<UsedReference, { kind: 'holdout' }>>;

/**
 * What a version was judged on before it served, with its scores. Where only some rows get a label, the others of its time
 * count as well: requests are of both kinds.
 */
export function holdoutRows(ports: HoldoutRowsPorts, version: ModelVersion, columns: string[]): HoldoutRows {
  const { splits } = version;
  const labelled = labelledRows(ports, version, columns);
  return {
    ...labelled,
    subject: `version/${version.version}`,
    async *chunks(read) {
      const { trainingSet, snapshot } = await ports.trainingRuns.get(version.trainingRun);
      if (!isPartlyLabelled(trainingSet)) return yield* labelled.chunks(read);
      const { parts } = await ports.snapshots.get(snapshot);
      const within: Partition = { from: splits.holdout, to: splits.to };
      for (const file of await fetchParts(ports.cache, { parts: partsWithin(parts, within) }, 'rows'))
        yield* ports.analytics.readHeld(file, splits, read);
    },
  };
}

/** Those of them that have a label. */
export function labelledRows(ports: LabelledRowsPorts, version: ModelVersion, columns: string[]): HoldoutRows {
  const { splits } = version;
  return {
    used: {
      kind: 'holdout',
      version: version.version,
      from: splits.by ? splits.from : splits.holdout,
      to: splits.to,
    },
    subject: `version/${version.version}/labelled`,
    columns,
    async *chunks(read) {
      const { trainingSet } = await ports.trainingRuns.get(version.trainingRun);
      const file = await unlessCancelled(ports.cache.fetch(trainingSet!));
      yield* ports.analytics.readSplit(file, 'holdout', read);
    },
    scorer: async () => (await scorerOf(ports, version)).score,
  };
}

export interface SourceRowsPorts {
  analytics: Pick<Analytics, 'profile'> & Pick<BatchFiles, 'readRows'>;
  cache: Pick<LocalCache, 'fetch'>;
}

/** Rows of a snapshot. */
export const sourceRows = (
  { analytics, cache }: SourceRowsPorts,
  { parts }: Snapshot,
  known: Pick<ReferenceRows, 'used' | 'subject' | 'columns'>,
): ReferenceRows => {
  const within: Partition = { from: known.used.from, to: known.used.to };
  const files = () => fetchParts(cache, { parts: partsWithin(parts, within) }, 'rows');
  return {
    ...known,
    async *chunks(read) {
      for (const file of await files()) yield* analytics.readRows(file, within, read);
    },
    count: async (binning) => unlessCancelled(analytics.profile(await files(), binning, within)),
    scorer: () => Promise.resolve(null),
  };
};
