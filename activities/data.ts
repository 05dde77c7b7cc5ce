import { CLOCKS_DIFFER_MS, refuseAhead } from '../core/time/clock.ts';
import type { Judgement, Part, Partition, Snapshot } from '../core/data/data.ts';
import { UserError } from '../core/base/errors.ts';
import { describeExpectation, isOfRows, judgeExpectations } from '../core/data/expectations.ts';
import { contentId, extractionId, ofPipeline } from '../core/base/ids.ts';
import { inParallel } from '../core/base/in-parallel.ts';
import { planPartitions, readingsOf } from '../core/sources/partitions.ts';
import { placeInWords } from '../core/sources/source.ts';
import { MOST_PARTITIONS, type Pipeline, type PipelineRef } from '../core/declaration/pipeline.ts';
import { type Analytics } from '../core/data/analytics.ts';
import { type Catalogue } from '../core/data/catalogue.ts';
import { type Extractor, type Reading } from '../core/sources/extractor.ts';
import { type Labels } from '../core/data/labels.ts';
import { type LocalCache, type ObjectStore } from '../core/data/objects.ts';
import { type Pipelines } from '../core/declaration/pipelines.ts';
import { type SharedClock } from '../core/time/clock.ts';
import { type Threads } from '../core/base/threads.ts';
import { outgrownColumns } from '../core/data/profile.ts';
import { redactorOf } from '../core/declaration/redaction.ts';
import { storedName } from '../core/data/stored-names.ts';
import { before, type Instant } from '../core/time/time.ts';
import type { Alerts } from '../core/alerts/alerts.ts';
import { tellOfSnapshot } from './alerting.ts';
import { fits, makeBinning } from './binning.ts';
import { compute } from './compute.ts';
import { withFailures } from './failures.ts';
import { reportProgress, unlessCancelled } from './heartbeats.ts';
import { fetchParts } from './parts.ts';
import { putReport } from './put-report.ts';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
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

/** One partition's work: the extractions that have not been done, or whose part is lost or suspect. */
export interface PartitionTask extends Partition {
  rows: string | null;
  labels: string | null;
  /** The number of the part that the extraction is to have; the first where none is said. */
  number?: Record<Part['kind'], number>;
  /** A part that is whole, and whose facts are not all among the labels. */
  ingest?: Part | null;
  /** As of when the source is read; the partition's end where it is not said. */
  knownAt?: Instant;
}
export interface ExtractionPlan {
  watermark: Instant;
  extractions: string[];
  missing: PartitionTask[];
}

/** How many values of each fault the quality report shows. */
const MOST_EXAMPLES = 5;
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
  /** No part is removed that this run finds or makes, until it has named it. */
  const holdParts = (pipeline: string): Promise<void> => catalogue.holdParts(pipeline, thisRun());

  /** Holds a snapshot against its pipeline's expectations, and writes the report of what came of it. */
  async function judge(pipeline: Pipeline, snapshot: Snapshot): Promise<Judgement> {
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
    const status = expectations.every(({ passed }) => passed) ? 'published' : 'quarantined';
    const broken = expectations.filter(isOfRows).filter(({ passed }) => !passed);
    const examples = await unlessCancelled(analytics.examples(files, pipeline.columns, broken, MOST_EXAMPLES));
    const redact = redactorOf(pipeline);
    const judged = redact.snapshot({ ...snapshot, status, expectations });
    const html = await compute(threads, 'qualityReport', {
      snapshot: judged,
      summary: redact.summary(summary),
      examples: redact.examples(examples),
      pipeline: redact.pipeline(),
    });
    const reportKey = await putReport(store, `${pipeline.name}/quality/${snapshot.id}`, html);
    return { status, expectations: judged.expectations, reportKey };
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
        rows: extractionId(pipeline.name, {
          kind: 'rows',
          reading: readings.rows,
          ...namesIn(readings.rows),
          ...partition,
        }),
        labels: extractionId(pipeline.name, {
          kind: 'labels',
          reading: readings.labels,
          ...namesIn(readings.labels),
          ...partition,
        }),
      }));
      const extractions = wanted.flatMap((partition) => [partition.rows, partition.labels]);
      await holdParts(pipeline.name);
      const recorded = new Map((await catalogue.findParts(extractions)).map((part) => [part.extraction, part]));
      const suspects = new Set(await catalogue.suspects(pipeline.name));
      const whole = new Map<string, Part>();
      const askStore = async (part: Part): Promise<void> => {
        if (!suspects.has(part.id) && (await store.has(part.objectKey))) whole.set(part.extraction, part);
      };
      await inParallel(ASKED_AT_ONCE, [...recorded.values()], askStore, cancellationSignal());
      const ingested = new Set(await labels.ingested([...whole.values()].map(({ id }) => id)));

      const missing = wanted
        .map(({ from, to, ...extraction }): PartitionTask => {
          const facts = whole.get(extraction.labels);
          return {
            from,
            to,
            rows: whole.has(extraction.rows) ? null : extraction.rows,
            labels: facts ? null : extraction.labels,
            number: {
              rows: (recorded.get(extraction.rows)?.number ?? 0) + 1,
              labels: (recorded.get(extraction.labels)?.number ?? 0) + 1,
            },
            ingest: facts && !ingested.has(facts.id) ? facts : null,
            knownAt: watermark,
          };
        })
        .filter(({ rows, labels, ingest }) => rows !== null || labels !== null || ingest);
      return { watermark, extractions, missing };
    },

    /** Streams a partition's rows and label facts into Parquet parts. The facts also become labels. */
    async extractPartition({ pipeline: ref, task }: { pipeline: PipelineRef; task: PartitionTask }) {
      await holdParts(ref.name);
      const pipeline = await pipelines.declaration(ref);
      const readings = readingsOf(pipeline);
      const counted = { rows: 0, labels: 0 };
      const { ingest = null, knownAt = task.to, number = { rows: 1, labels: 1 } } = task;
      const keepFacts = (part: Part, file: string): Promise<number> =>
        labels.ingest(pipeline.name, { id: part.id, file }, knownAt, cancellationSignal());
      if (ingest) await keepFacts(ingest, await unlessCancelled(cache.fetch(ingest)));

      for (const kind of ['rows', 'labels'] as const) {
        if (task[kind] === null) continue;
        const extraction = ofPipeline(pipeline.name, task[kind]);
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
          const own = { extraction, number: number[kind], kind, ...partition, objectKey, sha256, rows, bytes };
          const part = await catalogue.recordPart(pipeline.name, own);
          // Another attempt may have been faster: what counts is the part that is kept.
          if (kind === 'labels')
            await keepFacts(part, part.sha256 === sha256 ? file : await unlessCancelled(cache.fetch(part)));
          counted[kind] = part.rows;
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
      await holdParts(ref.name);
      const wanted = extractions.map((extraction) => ofPipeline(ref.name, extraction));
      const found = new Map((await catalogue.findParts(wanted)).map((part) => [part.extraction, part]));
      const parts = wanted.map((extraction) => {
        const part = found.get(extraction);
        if (part) return part;
        throw new Error(
          `Extraction ${extraction} has no part. Run the loop again with: perennial run data ${ref.name}`,
        );
      });
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
      const made = { pipeline: ref.name, revision: ref.revision, asOf };
      const id = contentId({ ...made, parts: parts.map(({ sha256 }) => sha256) });
      await catalogue.recordSnapshot({ id, ...made }, parts);
      await catalogue.releaseParts(thisRun());
      return { id, rows, parts: parts.length };
    },

    /** Publishes the snapshot if it meets every expectation of the declaration, and quarantines it otherwise; once. */
    async validateSnapshot({ pipeline: ref, snapshot: id }: { pipeline: PipelineRef; snapshot: string }) {
      const pipeline = await pipelines.declaration(ref);
      const found = await catalogue.snapshot(id);
      const snapshot =
        found.status === 'assembled' ? await catalogue.judgeSnapshot(id, await judge(pipeline, found)) : found;
      await tellOfSnapshot({ alerts, catalogue, pipeline }, id);
      const failed = snapshot.expectations.filter((expectation) => !expectation.passed);
      return {
        status: snapshot.status,
        expectations: snapshot.expectations.length,
        failed: failed.slice(0, 10).map(describeExpectation),
        report: snapshot.reportKey!,
      };
    },

    /**
     * Counts the snapshot into the pipeline's bins, which are made from its first snapshot, and anew when the columns
     * changed or the newest rows outgrew them. Older rows, as a backfill brings them, say nothing of the rows to come.
     */
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
        const newest = await catalogue.newestCounted(pipeline.name, current.id);
        if (outgrown.length === 0 || (newest !== null && snapshot.asOf <= newest)) {
          await catalogue.recordProfile(pipeline.name, `snapshot/${id}`, profile);
          return { binning: current.id, outgrown };
        }
      }
      const binning = await makeBinning({ catalogue, analytics, cache }, pipeline, snapshot);
      await catalogue.recordProfile(
        pipeline.name,
        `snapshot/${id}`,
        await unlessCancelled(analytics.profile(files, binning, whole)),
      );
      return { binning: binning.id, outgrown: [] };
    },
  });
};

/** Every step of the data loop is a step of some run. */
const thisRun = (): string => activityInfo().workflowExecution!.runId;

/** Parts of versions that stored every name as it is are extracted anew, unless they hold the same names. */
const namesIn = ({ columns }: Reading): { names?: 'stored' } =>
  Object.keys(columns).every((column) => storedName(column) === column) ? {} : { names: 'stored' };

export type DataActivities = ReturnType<typeof createDataActivities>;
