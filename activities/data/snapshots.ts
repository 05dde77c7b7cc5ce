import type { Judgement, Snapshot } from '../../core/data/data.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { describeExpectation, isOfRows, judgeExpectations } from '../../core/expectations/index.ts';
import { contentId, ofPipeline } from '../../core/base/ids.ts';
import { placeOf, unreadOf, type SourceColumns } from '../../core/sources/source-columns.ts';
import { type Extractor } from '../../core/sources/extractor.ts';
import { placeInWords } from '../../core/sources/source.ts';
import { type Pipeline, type PipelineRef } from '../../core/declaration/pipeline.ts';
import { type Analytics } from '../../core/data/analytics.ts';
import { type Binnings } from '../../core/data/profiles/binnings.ts';
import { type Parts } from '../../core/data/parts.ts';
import { type Profiles } from '../../core/data/profiles/profiles.ts';
import { type Snapshots } from '../../core/data/snapshots.ts';
import { type ObjectStore } from '../../core/data/objects/objects.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type Threads } from '../../core/base/threads.ts';
import { outgrownColumns, perhapsOutgrown } from '../../core/data/profiles/outgrown.ts';
import { redactorOf } from '../../core/declaration/redaction/redaction.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { before, type Instant } from '../../core/time/time.ts';
import { type Told, tellOfSnapshot } from '../alerts/alerting.ts';
import { tellOfReadSource } from '../alerts/source.ts';
import { type BinningPorts, fits, makeBinning } from './binning.ts';
import { compute } from '../steps/compute.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { countLeftOut, type LeftOutOf } from './left-out.ts';
import { fetchParts, thisRun } from './parts.ts';
import { putReport } from '../steps/put-report.ts';
import { log } from '@temporalio/activity';

/** The ports of the steps that make a snapshot from parts. */
export type SnapshotPorts = BinningPorts & {
  pipelines: Pick<Pipelines, 'declaration'>;
  parts: Pick<Parts, 'hold' | 'find' | 'release'>;
  snapshots: Pick<Snapshots, 'record' | 'get' | 'judge' | 'list' | 'latest'>;
  sourceColumns: Pick<SourceColumns, 'noticed'>;
  binnings: Pick<Binnings, 'current'>;
  profiles: Pick<Profiles, 'record' | 'newestCounted'>;
  analytics: Pick<Analytics, 'summarise' | 'examples' | 'profile' | 'labelShare'>;
  extractor: Pick<Extractor, 'leftOut'>;
  store: Pick<ObjectStore, 'put'>;
  alerts: Told['alerts'];
  sharedClock: SharedClock;
  threads: Threads;
};

/** How many values of each fault the quality report shows. */
const MOST_EXAMPLES = 5;

/** The steps that make a snapshot from parts, check it against its expectations, and count it. */
export const createSnapshotSteps = (ports: SnapshotPorts) => {
  const {
    pipelines,
    snapshots,
    sourceColumns,
    binnings,
    profiles,
    analytics,
    extractor,
    store,
    cache,
    alerts,
    sharedClock,
    threads,
  } = ports;

  /** Checks a snapshot against its pipeline's expectations, and writes the report. */
  async function judge(pipeline: Pipeline, snapshot: Snapshot, leftOut: LeftOutOf): Promise<Judgement> {
    const files = await fetchParts(cache, snapshot, 'rows');
    const summary = await unlessCancelled(analytics.summarise(files, pipeline.columns));
    const labelShare = pipeline.expectations.labelShare
      ? await unlessCancelled(
          analytics.labelShare(files, await fetchParts(cache, snapshot, 'labels'), {
            asOf: before(snapshot.asOf, pipeline.source.lateness),
            maturesAfter: pipeline.label.maturesAfter,
            kind: pipeline.label.kind,
            classes: pipeline.label.classes,
            whenAbsent: pipeline.label.whenAbsent ?? null,
          }),
        )
      : null;
    const expectations = judgeExpectations(pipeline, summary, labelShare, snapshot.asOf);
    const status = expectations.every(({ passed }) => passed) ? 'published' : 'quarantined';
    const broken = expectations.filter(isOfRows).filter(({ passed }) => !passed);
    const examples = await unlessCancelled(analytics.examples(files, pipeline.columns, broken, MOST_EXAMPLES));
    const latest = await snapshots.latest(pipeline.name, snapshot.asOf);
    const noticed = latest
      ? await sourceColumns.noticed(pipeline.name, placeOf(pipeline), { from: latest.asOf, to: snapshot.asOf })
      : [];
    const unread = unreadOf(pipeline, noticed);
    if (unread.length > 0)
      log.info('The source has new columns that the declaration does not read.', { columns: unread });
    const redact = redactorOf(pipeline);
    const judged = redact.snapshot<Snapshot>({ ...snapshot, status, expectations });
    const html = await compute(threads, 'qualityReport', {
      snapshot: judged,
      summary: redact.summary(summary),
      examples: redact.examples(examples),
      pipeline: redact.pipeline(),
      unread,
      leftOut,
    });
    const reportKey = await putReport(store, pipeline.name, { snapshot: snapshot.id }, html);
    return { status, expectations: judged.expectations, reportKey };
  }

  return {
    /** Lists the parts of the snapshot. Nothing can use it before it is validated. */
    async assembleSnapshot({
      pipeline: ref,
      asOf,
      extractions,
    }: {
      pipeline: PipelineRef;
      asOf: Instant;
      extractions: string[];
    }) {
      await ports.parts.hold(ref.name, thisRun());
      const wanted = extractions.map((extraction) => ofPipeline(ref.name, extraction));
      const found = new Map((await ports.parts.find(wanted)).map((part) => [part.extraction, part]));
      const parts = wanted.map((extraction) => {
        const part = found.get(extraction);
        if (part) return part;
        throw new Error(
          `Extraction ${extraction} has no part. Run the loop again with: perennial run ${ref.name} data`,
        );
      });
      const pipeline = await pipelines.declaration(ref);
      await tellOfReadSource({ alerts, pipeline, sharedClock });
      const rows = parts.filter((part) => part.kind === 'rows').reduce((sum, part) => sum + part.rows, 0);
      if (rows === 0) {
        const { source } = pipeline;
        const times = parts.map((part) => part.from).sort();
        throw new UserError(
          'WINDOW_EMPTY',
          `${placeInWords(source)} has no rows with ${source.time} between ${times[0]} and ${asOf} (less ${source.lateness} of ` +
            'lateness). Check that data arrives, that its times are in UTC, and source.history.',
        );
      }
      const made = { pipeline: ref.name, revision: ref.revision, asOf };
      const id = contentId({ ...made, parts: parts.map(({ sha256 }) => sha256) });
      await snapshots.record({ id, ...made }, parts);
      await ports.parts.release(thisRun());
      return { id, rows, parts: parts.length };
    },

    /** Publishes the snapshot if it meets every expectation of the declaration, and quarantines it otherwise; once. */
    async validateSnapshot({ pipeline: ref, snapshot: id }: { pipeline: PipelineRef; snapshot: string }) {
      const pipeline = await pipelines.declaration(ref);
      const found = await snapshots.get(id);
      const isNew = found.status === 'assembled';
      const leftOut = isNew ? await countLeftOut(extractor, pipeline, found) : null;
      const snapshot = leftOut ? await snapshots.judge(id, await judge(pipeline, found, leftOut)) : found;
      await tellOfSnapshot({ alerts, snapshots, pipeline }, id);
      const failed = snapshot.expectations.filter((expectation) => !expectation.passed);
      return {
        status: snapshot.status,
        expectations: snapshot.expectations.length,
        failed: failed.slice(0, 10).map(describeExpectation),
        report: snapshot.reportKey!,
        ...(leftOut && leftOut.withoutTime > 0 && { withoutTime: leftOut.withoutTime }),
        ...(leftOut && leftOut.older !== 0 && { leftOutBefore: leftOut.from }),
        ...(leftOut && leftOut.older !== null && leftOut.older > 0 && { leftOutRows: leftOut.older }),
      };
    },

    /**
     * Counts the snapshot into the pipeline's bins, which are made from its first snapshot, and again when the columns
     * changed or the newest rows outgrew them. Older rows, as in a backfill, do not predict the rows to come.
     */
    async profileSnapshot({ pipeline: ref, snapshot: id }: { pipeline: PipelineRef; snapshot: string }) {
      const pipeline = await pipelines.declaration(ref);
      const snapshot = await snapshots.get(id);
      const files = await fetchParts(cache, snapshot, 'rows');
      const first = snapshot.parts.find((part) => part.kind === 'rows')!;
      const whole = { from: first.from, to: snapshot.asOf };

      const current = await binnings.current(pipeline.name);
      if (current && fits(current, pipeline)) {
        const profile = await unlessCancelled(analytics.profile(files, current, whole));
        const unnamed = perhapsOutgrown(profile, pipeline.columns);
        const levels = Object.keys(unnamed).length > 0 ? await unlessCancelled(analytics.levels(files, unnamed)) : {};
        const outgrown = outgrownColumns(profile, pipeline.columns, levels);
        const newest = await profiles.newestCounted(pipeline.name, current.id);
        if (outgrown.length === 0 || (newest !== null && snapshot.asOf <= newest)) {
          await profiles.record(pipeline.name, `snapshot/${id}`, profile);
          return { binning: current.id, outgrown };
        }
      }
      const binning = await makeBinning({ binnings, analytics, cache }, pipeline, snapshot);
      await profiles.record(
        pipeline.name,
        `snapshot/${id}`,
        await unlessCancelled(analytics.profile(files, binning, whole)),
      );
      return { binning: binning.id, outgrown: [] };
    },
  };
};
