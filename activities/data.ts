import {
  binCount,
  booleanBins,
  categoryBins,
  hourBins,
  makeBins,
  SCORE,
  scoreBins,
  type Binning,
  type ColumnBins,
} from '../core/binning.ts';
import { CLOCKS_DIFFER_MS, refuseAhead } from '../core/clock.ts';
import { type Part, type Partition, type Snapshot, type SnapshotSummary } from '../core/data.ts';
import { UserError } from '../core/errors.ts';
import { describeExpectation, judgeExpectations, withoutValue } from '../core/expectations.ts';
import { canonicalJson, contentId } from '../core/ids.ts';
import { inParallel } from '../core/in-parallel.ts';
import { planPartitions, readingsOf } from '../core/partitions.ts';
import { placeInWords } from '../core/source.ts';
import { MOST_PARTITIONS, type Pipeline, type PipelineRef } from '../core/pipeline.ts';
import {
  type Analytics,
  type Catalogue,
  type Extractor,
  type Labels,
  type LocalCache,
  type ObjectStore,
  type Pipelines,
  type Reading,
  type SharedClock,
  type Threads,
} from '../core/ports.ts';
import { own } from '../core/own.ts';
import { outgrownColumns } from '../core/profile.ts';
import { storedName } from '../core/stored-names.ts';
import { before, type Instant } from '../core/time.ts';
import { type Alerts } from '../core/alerts.ts';
import { tellOfSnapshot } from './alerting.ts';
import { compute } from './compute.ts';
import { withFailures } from './failures.ts';
import { reportProgress, unlessCancelled } from './heartbeats.ts';
import { fetchParts } from './parts.ts';
import { cancellationSignal } from '@temporalio/activity';
import { join } from 'node:path';

export interface DataPorts {
  pipelines: Pipelines;
  catalogue: Catalogue;
  labels: Labels;
  extractor: Extractor;
  analytics: Analytics;
  store: ObjectStore;
  cache: LocalCache;
  alerts: Alerts;
  sharedClock: SharedClock;
  threads: Threads;
}

/** One partition's work: the extractions that have not been done, or whose object is lost. */
export interface PartitionTask extends Partition {
  rows: string | null;
  labels: string | null;
  replace: boolean;
}
export interface ExtractionPlan {
  watermark: Instant;
  extractions: string[];
  missing: PartitionTask[];
}

const SAMPLE_ROWS = 50_000;
/** Questions to the object store, which take it some ten milliseconds each. */
const ASKED_AT_ONCE = 32;

export const createDataActivities = ({
  pipelines,
  catalogue,
  labels,
  extractor,
  analytics,
  store,
  cache,
  alerts,
  sharedClock,
  threads,
}: DataPorts) => {
  /** Estimates of a number lie where its labels do; all probabilities share one binning. */
  async function makeScoreBins({ label }: Pipeline, labelFiles: string[]): Promise<ColumnBins> {
    if (label.kind === 'binary') return scoreBins();
    return makeBins(await unlessCancelled(analytics.sample(labelFiles, label.facts?.value ?? label.name, SAMPLE_ROWS)));
  }

  async function makeBinning(pipeline: Pipeline, snapshot: Snapshot, files: string[], summary: SnapshotSummary) {
    const columns: Record<string, ColumnBins> = {};
    for (const { column, levels } of summary.columns) {
      const kind = own(pipeline.columns, column)?.kind;
      if (kind === 'number')
        columns[column] = makeBins(await unlessCancelled(analytics.sample(files, column, SAMPLE_ROWS)));
      else if (kind === 'hour') columns[column] = hourBins();
      else columns[column] = kind === 'boolean' ? booleanBins() : categoryBins(levels);
    }
    return catalogue.recordBinning(pipeline.name, {
      ...columns,
      [SCORE]: await makeScoreBins(pipeline, await fetchParts(cache, snapshot, 'labels')),
    });
  }

  return withFailures({
    /** Which partitions the snapshot needs, and which of them have not been extracted yet. */
    async planExtraction({ pipeline: ref, asOf }: { pipeline: PipelineRef; asOf: Instant }): Promise<ExtractionPlan> {
      // A piece of the future, once extracted, would stay as empty as it is.
      refuseAhead(await sharedClock.read(), asOf, CLOCKS_DIFFER_MS);
      const pipeline = await pipelines.declaration(ref);
      const readings = readingsOf(pipeline);
      await unlessCancelled(extractor.check(readings.rows));
      await unlessCancelled(extractor.check(readings.labels));

      const { watermark, partitions } = planPartitions(pipeline, asOf);
      if (partitions.length > MOST_PARTITIONS)
        throw new UserError(
          'TOO_MANY_PARTITIONS',
          `${pipeline.name} would extract ${partitions.length} partitions; a run takes at most ${MOST_PARTITIONS}. ` +
            'Declare a longer source.partition or a shorter source.history.',
        );
      const wanted = partitions.map((partition) => ({
        ...partition,
        rows: contentId({ kind: 'rows', reading: readings.rows, ...namesIn(readings.rows), ...partition }),
        labels: contentId({ kind: 'labels', reading: readings.labels, ...namesIn(readings.labels), ...partition }),
      }));
      const extractions = wanted.flatMap((partition) => [partition.rows, partition.labels]);
      const recorded = await catalogue.findParts(extractions);
      const whole = new Set<string>();
      const suspects = new Set(await catalogue.suspects(pipeline.name));
      const askStore = async ({ extraction, objectKey }: Part): Promise<void> => {
        if (!suspects.has(extraction) && (await store.has(objectKey))) whole.add(extraction);
      };
      await inParallel(ASKED_AT_ONCE, recorded, askStore, cancellationSignal());
      const known = new Set(recorded.map((part) => part.extraction));

      const missing = wanted
        .map((partition) => ({
          ...partition,
          rows: whole.has(partition.rows) ? null : partition.rows,
          labels: whole.has(partition.labels) ? null : partition.labels,
          replace: known.has(partition.rows) || known.has(partition.labels),
        }))
        .filter((partition) => partition.rows !== null || partition.labels !== null);
      return { watermark, extractions, missing };
    },

    /** Streams a partition's rows and label facts into Parquet parts. The facts also become labels, each once. */
    async extractPartition({ pipeline: ref, task }: { pipeline: PipelineRef; task: PartitionTask }) {
      const pipeline = await pipelines.declaration(ref);
      const readings = readingsOf(pipeline);
      const counted = { rows: 0, labels: 0 };
      for (const kind of ['rows', 'labels'] as const) {
        const extraction = task[kind];
        if (extraction === null) continue;
        const partition = { from: task.from, to: task.to };
        await cache.withFolder(async (folder) => {
          const file = join(folder, 'part.parquet');
          const progress = {
            signal: cancellationSignal(),
            onProgress: (detail: unknown) => reportProgress({ kind, detail }),
          };
          const { rows, sha256, bytes } = await extractor.extract(readings[kind], partition, file, progress);
          const objectKey = `parts/${pipeline.name}/${kind}/${sha256}.parquet`;
          await unlessCancelled(store.putFile(objectKey, file));
          if (kind === 'labels') await unlessCancelled(labels.ingest(pipeline.name, file));
          const part = { extraction, kind, ...partition, objectKey, sha256, rows, bytes };
          await catalogue.recordPart(pipeline.name, part, { replace: task.replace });
          counted[kind] = rows;
        });
      }
      return counted;
    },

    /** Names the parts that make the snapshot. Nothing can use it before it is validated. */
    async assembleSnapshot({
      pipeline: ref,
      asOf,
      extractions,
    }: {
      pipeline: PipelineRef;
      asOf: Instant;
      extractions: string[];
    }) {
      const parts = await catalogue.findParts(extractions);
      const rows = parts.filter((part) => part.kind === 'rows').reduce((sum, part) => sum + part.rows, 0);
      if (rows === 0) {
        const { source } = await pipelines.declaration(ref);
        const times = parts.map((part) => part.from).sort();
        throw new UserError(
          'WINDOW_EMPTY',
          `${placeInWords(source)} has no rows with ${source.time} between ${times[0]} and ${asOf} (less ${source.lateness} of ` +
            'lateness). Check that data arrives, that times are in UTC, and source.history.',
        );
      }
      const id = contentId({ pipeline: ref.name, revision: ref.revision, asOf });
      await catalogue.recordSnapshot({ id, pipeline: ref.name, revision: ref.revision, asOf }, extractions);
      return { id, rows, parts: parts.length };
    },

    /** Publishes the snapshot if it meets every expectation of the declaration, and quarantines it otherwise. */
    async validateSnapshot({ pipeline: ref, snapshot: id }: { pipeline: PipelineRef; snapshot: string }) {
      const pipeline = await pipelines.declaration(ref);
      const snapshot = await catalogue.snapshot(id);
      const files = await fetchParts(cache, snapshot, 'rows');
      const summary = await unlessCancelled(analytics.summarise(files, pipeline.columns));
      const labelShare = pipeline.expectations.labelShare
        ? await unlessCancelled(
            analytics.labelShare(files, await fetchParts(cache, snapshot, 'labels'), {
              asOf: before(snapshot.asOf, pipeline.source.lateness),
              maturesAfter: pipeline.label.maturesAfter,
              kind: pipeline.label.kind,
              whenAbsent: pipeline.label.whenAbsent ?? null,
            }),
          )
        : null;
      const expectations = judgeExpectations(pipeline, summary, labelShare, snapshot.asOf);
      const failed = expectations.filter((expectation) => !expectation.passed);
      const status = failed.length === 0 ? 'published' : 'quarantined';
      const report = `reports/${pipeline.name}/quality/${id}.html`;
      const judged = { ...snapshot, status, expectations } as const;
      const html = await compute(threads, 'qualityReport', { snapshot: judged, summary, pipeline });
      await store.put(report, new TextEncoder().encode(html));
      await catalogue.judgeSnapshot(id, status, expectations.map(withoutValue));
      await tellOfSnapshot({ alerts, catalogue, pipeline }, id);
      return {
        status,
        expectations: expectations.length,
        failed: failed.slice(0, 10).map(describeExpectation),
        report,
      };
    },

    /** Counts the snapshot into the pipeline's bins, which are made from its first snapshot, and anew when rows outgrew or columns left them. */
    async profileSnapshot({ pipeline: ref, snapshot: id }: { pipeline: PipelineRef; snapshot: string }) {
      const pipeline = await pipelines.declaration(ref);
      const snapshot = await catalogue.snapshot(id);
      const files = await fetchParts(cache, snapshot, 'rows');
      const first = snapshot.parts.find((part) => part.kind === 'rows')!;
      const whole = { from: first.from, to: snapshot.asOf };

      const current = await catalogue.binning(pipeline.name);
      if (current && fits(current, pipeline)) {
        const profile = await unlessCancelled(analytics.profile(files, current, whole));
        const outgrown = outgrownColumns(profile, pipeline.columns);
        if (outgrown.length === 0) {
          await catalogue.recordProfile(pipeline.name, `snapshot/${id}`, profile);
          return { binning: current.id, outgrown };
        }
      }
      const binning = await makeBinning(
        pipeline,
        snapshot,
        files,
        await unlessCancelled(analytics.summarise(files, pipeline.columns)),
      );
      await catalogue.recordProfile(
        pipeline.name,
        `snapshot/${id}`,
        await unlessCancelled(analytics.profile(files, binning, whole)),
      );
      return { binning: binning.id, outgrown: [] };
    },
  });
};

/** Parts of versions that stored every name as it is are extracted anew, unless they hold the same names. */
const namesIn = ({ columns }: Reading): { names?: 'stored' } =>
  Object.keys(columns).every((column) => storedName(column) === column) ? {} : { names: 'stored' };

/** Whether a binning holds the declared columns, and scores of the label's kind: a label may have become a number. */
const fits = (binning: Binning, { columns, label }: Pipeline): boolean =>
  columnsOf(binning) === canonicalJson(Object.keys(columns).sort()) &&
  (label.kind === 'number'
    ? !isProbabilities(binning.columns[SCORE]) && binCount(binning.columns[SCORE]!) > 1 // no labels had come yet
    : isProbabilities(binning.columns[SCORE]));

const isProbabilities = (bins: ColumnBins | undefined): boolean => canonicalJson(bins) === canonicalJson(scoreBins());

const columnsOf = (binning: Binning): string =>
  canonicalJson(
    Object.keys(binning.columns)
      .filter((column) => column !== SCORE)
      .sort(),
  );

export type DataActivities = ReturnType<typeof createDataActivities>;
