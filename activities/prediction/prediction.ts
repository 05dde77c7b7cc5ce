import { featuresOf, type Columns } from '../../core/columns/index.ts';
import { unreadOf } from '../../core/columns/unread.ts';
import { batchPartKey } from '../../core/data/objects/object-keys.ts';
import {
  batchWindow,
  type Batch,
  type Batches,
  type BatchFiles,
  type BatchPrediction,
  partsWithin,
} from '../../core/data/predictions/batches.ts';
import { KEY, type Row, type Snapshot, TIME } from '../../core/data/data.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { toldApart } from '../../core/metrics/answer.ts';
import { contentId, ofPipeline, versionName } from '../../core/base/ids.ts';
import { type Pipeline, type PipelineRef } from '../../core/declaration/pipeline.ts';
import { type Snapshots } from '../../core/data/snapshots.ts';
import { type LocalCache, type ObjectStore } from '../../core/data/objects/objects.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type ModelVersions } from '../../core/training/versions/model-versions.ts';
import { type TrafficTable } from '../../core/rollout/traffic.ts';
import { type RowChunk } from '../../core/data/chunks.ts'; // prettier-ignore
import { instant, type Instant } from '../../core/time/time.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { withFailures } from '../steps/failures.ts';
import { reportProgress, unlessCancelled } from '../steps/heartbeats.ts';
import { createPauses } from '../steps/pauses.ts';
import { type Scorer } from '../../core/model/scorer.ts';
import { scorerOf } from '../training/scorer-of.ts';
import { scoreChunk } from '../training/scoring.ts';
import { cancellationSignal, Context } from '@temporalio/activity';
import { join } from 'node:path';

export interface PredictionPorts {
  pipelines: Pick<Pipelines, 'declaration'>;
  snapshots: Pick<Snapshots, 'get' | 'published'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  traffic: Pick<TrafficTable, 'at'>;
  batches: Pick<Batches, 'open' | 'get' | 'find' | 'previous' | 'parts' | 'recordPart' | 'publish'>;
  analytics: Pick<BatchFiles, 'readRows' | 'writePredictions' | 'readPredictions'>;
  store: Pick<ObjectStore, 'putFile'>;
  cache: LocalCache;
}

interface BatchInput {
  pipeline: PipelineRef;
  asOf: Instant;
  snapshot: string;
  version?: number;
}

export const createPredictionActivities = (ports: PredictionPorts) => {
  const { pipelines, snapshots, modelVersions, traffic, batches, analytics, store, cache } = ports;

  const rowPartsOf = async (batch: Batch): Promise<Snapshot['parts']> =>
    partsWithin((await snapshots.get(batch.snapshot)).parts, batch.window);

  async function learntBy(version: ModelVersion): Promise<Columns> {
    const trained = await pipelines.declaration({ name: version.pipeline, revision: version.revision });
    return featuresOf(trained.columns);
  }

  /** The columns that a version scores. */
  const columnsOf = async (version: ModelVersion): Promise<string[]> => Object.keys(await learntBy(version));

  /** The columns that declared slices look at: what is known of performance is known of these, too. */
  async function slicedColumns({ pipeline: name, revision }: Batch): Promise<string[]> {
    const { slices = {} } = await pipelines.declaration({ name, revision });
    return [...new Set(Object.values(slices).flatMap((conditions) => Object.keys(conditions)))];
  }

  /** The applied declaration can lack a column that the champion was trained on, or read it as another type. */
  async function refuseUnread(pipeline: Pipeline, snapshot: Snapshot, version: ModelVersion): Promise<void> {
    const learnt = await learntBy(version);
    const unread = unreadOf(Object.keys(learnt), learnt, pipeline.columns);
    if (unread.length === 0) return;
    throw new UserError(
      'SOURCE_COLUMN_MISSING',
      `Champion ${versionName(version.version)} of ${pipeline.name} needs ${unread.join(', ')}, and snapshot ${snapshot.id} ` +
        `was taken by revision ${snapshot.revision}, which does not read that. Train a champion on today's columns with ` +
        `"perennial models retrain ${pipeline.name}", or declare the column again.`,
    );
  }

  return withFailures({
    /** The snapshot published for exactly this time, if there is one. */
    async publishedSnapshot({ pipeline, asOf }: { pipeline: PipelineRef; asOf: Instant }): Promise<string | null> {
      return (await snapshots.published(pipeline, asOf))?.id ?? null;
    },

    /**
     * Fixes the batch's rows and version: the one that served at `asOf`, unless a version is named; null while none
     * serves. A repeated call returns what was fixed.
     */
    async openBatch({ pipeline: ref, asOf, snapshot: id, version }: BatchInput) {
      const batch = (await batches.find(ref.name, asOf)) ?? (await open(ref, asOf, id, version));
      if (!batch) return null;
      const parts = await rowPartsOf(batch);
      const whole = new Set((await batches.parts(batch.id)).map(({ part }) => part));
      return {
        id: batch.id,
        version: batch.version,
        snapshot: batch.snapshot,
        window: batch.window,
        missing: parts.flatMap(({ id, extraction, from, to }) => (whole.has(id) ? [] : [{ extraction, from, to }])),
      };
    },

    /** Scores the rows of one part that lie in the window, into a Parquet file and into Postgres. */
    async scorePart({ pipeline, batch: id, extraction }: { pipeline: string; batch: string; extraction: string }) {
      const batch = await batches.get(pipeline, id);
      // A snapshot has one part of an extraction.
      const named = ofPipeline(pipeline, extraction);
      const part = (await rowPartsOf(batch)).find((one) => one.extraction === named)!;
      const done = (await batches.parts(id)).find((scored) => scored.part === part.id);
      if (done) return { rows: done.rows };
      const version = await modelVersions.get(pipeline, batch.version);
      const columns = await columnsOf(version);
      const sliced = await slicedColumns(batch);
      const { threshold, ...scorer } = await scorerOf(ports, version);
      const file = await unlessCancelled(cache.fetch(part));

      const pause = createPauses();
      let scored = 0;
      async function* predictions(): AsyncGenerator<BatchPrediction[]> {
        for await (const chunk of analytics.readRows(file, batch.window, [...new Set([...columns, ...sliced])])) {
          const scores = await scoreChunk(chunk, scorer.scoreChunk, pause);
          yield predictionsOf(chunk, scores, threshold, { ...scorer, sliced });
          reportProgress({ scored: (scored += chunk.rows) });
          if (cancellationSignal().aborted) await Context.current().cancelled;
        }
      }
      return cache.withFolder(async (folder) => {
        const own = join(folder, 'predictions.parquet');
        const { rows, sha256 } = await analytics.writePredictions(predictions(), version.version, own);
        // The key includes the hash, since two writers of the same rows can write different bytes.
        const objectKey = batchPartKey(pipeline, id, sha256);
        await unlessCancelled(store.putFile(objectKey, own));
        const whole = { part: part.id, objectKey, sha256, rows };
        const kept = await batches.recordPart(id, whole, analytics.readPredictions(own));
        return { rows: kept.rows };
      });
    },

    /** Publishes the batch. */
    async publishBatch({ pipeline, batch: id }: { pipeline: string; batch: string }) {
      const parts = await rowPartsOf(await batches.get(pipeline, id));
      const { rows } = await batches.publish(
        pipeline,
        id,
        parts.map((part) => part.id),
      );
      return { rows };
    },
  });

  async function open(ref: PipelineRef, asOf: Instant, snapshotId: string, by?: number): Promise<Batch | null> {
    const champion = by ?? (await traffic.at(ref.name, asOf))?.champion;
    if (champion === undefined) return null;
    const pipeline = await pipelines.declaration(ref);
    const snapshot = await snapshots.get(snapshotId);
    const previous = await batches.previous(ref.name, asOf);
    await refuseUnread(pipeline, snapshot, await modelVersions.get(ref.name, champion));
    return batches.open({
      id: contentId({ batch: ref.name, asOf }),
      pipeline: ref.name,
      revision: ref.revision,
      asOf,
      version: champion,
      snapshot: snapshot.id,
      window: batchWindow(pipeline, snapshot.asOf, previous?.window ?? null),
    });
  }
};
export type PredictionActivities = ReturnType<typeof createPredictionActivities>;

const predictionsOf = (
  { own, rows, columns }: RowChunk,
  scores: Float64Array,
  threshold: number | null,
  { classes: known, interval, sliced }: Pick<Scorer, 'classes' | 'interval'> & { sliced: readonly string[] },
): BatchPrediction[] => {
  const slicedAt = (i: number): { sliced?: Row } =>
    sliced.length === 0 ? {} : { sliced: Object.fromEntries(sliced.map((column) => [column, columns[column]![i]!])) };
  return Array.from({ length: rows }, (_, i) => {
    const row = { key: String(own[KEY]![i]), time: instant(Number(own[TIME]![i])), ...slicedAt(i) };
    if (known) {
      const classes = known.names;
      const probabilities = [...scores.subarray(i * classes.length, (i + 1) * classes.length)];
      const place = known.answer(probabilities);
      return {
        ...row,
        score: probabilities[place]!,
        decision: null,
        label: classes[place]!,
        probabilities: toldApart(probabilities, place),
      };
    }
    const score = scores[i]!;
    if (interval) return { ...row, score, decision: null, ...interval(score) };
    return { ...row, score, decision: threshold === null ? null : score >= threshold };
  });
};
