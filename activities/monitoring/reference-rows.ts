import { type Analytics } from '../../core/data/analytics.ts';
import { type RowChunk } from '../../core/data/chunks.ts';
import { type Partition, type Row, type Snapshot } from '../../core/data/data.ts';
import { type Labelling } from '../../core/data/labels/labels.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type BatchFiles, partsWithin } from '../../core/data/predictions/batches.ts';
import { type UsedReference } from '../../core/drift/reference/kinds/index.ts';
import { type TrainingRuns } from '../../core/training/training-runs.ts';
import { type ModelVersion } from '../../core/training/training.ts';
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
  /** The champion's scores; null: they have none. */
  scorer(): Promise<((row: Row) => number) | null>;
}

export interface HoldoutRowsPorts {
  trainingRuns: Pick<TrainingRuns, 'get'>;
  analytics: Pick<Analytics, 'readSplit'>;
  cache: Pick<LocalCache, 'fetch'>;
}

/** What a version was judged on before it served, with its scores. */
export function holdoutRows(
  ports: HoldoutRowsPorts,
  version: ModelVersion,
  columns: string[],
): ReferenceRows<Extract<UsedReference, { kind: 'holdout' }>> {
  const { splits } = version;
  return {
    used: {
      kind: 'holdout',
      version: version.version,
      from: splits.by ? splits.from : splits.holdout,
      to: splits.to,
    },
    subject: `version/${version.version}`,
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
  analytics: Pick<Analytics, 'readLabelled'> & Pick<BatchFiles, 'readRows'>;
  cache: Pick<LocalCache, 'fetch'>;
}

/** Rows of a snapshot. */
export const sourceRows = (
  { analytics, cache }: SourceRowsPorts,
  { parts }: Snapshot,
  known: Pick<ReferenceRows, 'used' | 'subject' | 'columns'>,
  labelling: Labelling | null,
): ReferenceRows => ({
  ...known,
  async *chunks(read) {
    const { from, to } = known.used;
    const within: Partition = { from, to };
    const rows = await fetchParts(cache, { parts: partsWithin(parts, within) }, 'rows');
    if (labelling === null) for (const file of rows) yield* analytics.readRows(file, within, read);
    else yield* analytics.readLabelled({ rows, labels: await fetchParts(cache, { parts }, 'labels') }, labelling, within, read); // prettier-ignore
  },
  scorer: () => Promise.resolve(null),
});
