import { partKey } from '../../core/data/objects/object-keys.ts';
import { type Told } from '../alerts/alerting.ts';
import { tellingOfSource } from '../alerts/source.ts';
import { thisRun } from './parts.ts';
import { CLOCKS_DIFFER_MS, refuseAhead } from '../../core/time/clock.ts';
import type { Part, Partition } from '../../core/data/data.ts';
import { isUnreachable, messageOf, UserError } from '../../core/base/errors/errors.ts';
import { ofPipeline } from '../../core/base/ids.ts';
import { inParallel } from '../../core/base/in-parallel.ts';
import { extractionOf, planPartitions, readingsOf } from '../../core/sources/partitions.ts';
import { MOST_PARTITIONS, type PipelineRef } from '../../core/declaration/pipeline.ts';
import { type Parts } from '../../core/data/parts.ts';
import { type Extractor } from '../../core/sources/extractor.ts';
import { placeInWords } from '../../core/sources/source.ts';
import { placeOf, type SourceColumns } from '../../core/sources/source-columns.ts';
import { type Labels } from '../../core/data/labels/labels.ts';
import { type LocalCache, type ObjectStore } from '../../core/data/objects/objects.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { type Instant } from '../../core/time/time.ts';
import { reportProgress, unlessCancelled } from '../steps/heartbeats.ts';
import { cancellationSignal, log } from '@temporalio/activity';
import { join } from 'node:path';

/** The ports of the steps that read a source. */
export interface ExtractionPorts {
  pipelines: Pick<Pipelines, 'declaration'>;
  parts: Pick<Parts, 'hold' | 'find' | 'suspects' | 'record' | 'corrupt' | 'noteWhole'>;
  labels: Labels;
  extractor: Extractor;
  sourceColumns: SourceColumns;
  store: Pick<ObjectStore, 'has' | 'putFile' | 'replaceFile'>;
  cache: LocalCache;
  sharedClock: SharedClock;
  alerts: Told['alerts'];
}

/** One partition's work: extractions that are missing, or whose part is lost, corrupt or suspect. */
export interface PartitionTask extends Partition {
  rows: string | null;
  labels: string | null;
  /** The number of the part to extract; the first by default. */
  number?: Record<Part['kind'], number>;
  /** The corrupt parts that are extracted again. */
  corrupt?: Partial<Record<Part['kind'], Part>>;
  /** A complete part whose facts are not all among the labels. */
  ingest?: Part | null;
  /** The time as of which the source is read; the partition's end by default. */
  knownAt?: Instant;
}
export interface ExtractionPlan {
  watermark: Instant;
  extractions: string[];
  missing: PartitionTask[];
  /** How many parts that were found corrupt are whole again, of any snapshot; absent: none. */
  restored?: number;
}

/** Parallel requests to the object store, which take some ten milliseconds each. */
const ASKED_AT_ONCE = 32;

/** The steps that extract a source's rows and labels into parts. */
export const createExtractionSteps = (ports: ExtractionPorts) => {
  const { pipelines, parts, labels, extractor, sourceColumns, store, cache, sharedClock, alerts } = ports;

  /** Whether the object of a part that was found corrupt is whole, perhaps by a copy on this disk. */
  async function isRestored(part: Part): Promise<boolean> {
    if (!(await unlessCancelled(cache.restore(part)))) return false;
    await parts.noteWhole(part.objectKey);
    log.warn('A part that was found corrupt is whole again.', { part: part.objectKey });
    return true;
  }

  return {
    /** Which partitions the snapshot needs, and which of them have not been extracted yet. */
    async planExtraction({ pipeline: ref, asOf }: { pipeline: PipelineRef; asOf: Instant }): Promise<ExtractionPlan> {
      // A part of the future, once extracted, would stay empty.
      refuseAhead(await sharedClock.read(), asOf, CLOCKS_DIFFER_MS);
      const pipeline = await pipelines.declaration(ref);
      const readings = readingsOf(pipeline);
      const columns = await tellingOfSource({ alerts, pipeline, sharedClock }, async () => {
        const found = await unlessCancelled(extractor.check(readings.rows));
        await unlessCancelled(extractor.check(readings.labels));
        return found;
      });
      await sourceColumns.note(ref, placeOf(pipeline), columns, asOf);

      const { watermark, partitions } = planPartitions(pipeline, asOf);
      if (partitions.length > MOST_PARTITIONS)
        throw new UserError(
          'TOO_MANY_PARTITIONS',
          `${pipeline.name} would extract ${partitions.length} partitions; a run takes at most ${MOST_PARTITIONS}. ` +
            'Declare a longer source.partition or a shorter source.history.',
        );
      const wanted = partitions.map((partition) => ({
        ...partition,
        rows: extractionOf(pipeline.name, 'rows', readings.rows, partition),
        labels: extractionOf(pipeline.name, 'labels', readings.labels, partition),
      }));
      const extractions = wanted.flatMap((partition) => [partition.rows, partition.labels]);
      await parts.hold(pipeline.name, thisRun());
      const recorded = new Map((await parts.find(extractions)).map((part) => [part.extraction, part]));
      const suspects = new Set(await parts.suspects(pipeline.name));
      const foundCorrupt = new Map((await parts.corrupt(pipeline.name)).map((part) => [part.id, part]));
      const whole = new Map<string, Part>();
      const corrupt = new Map<string, Part>();
      let restored = 0;
      const askStore = async (part: Part): Promise<void> => {
        if (!(await store.has(part.objectKey))) return;
        const isWanted = recorded.get(part.extraction)?.id === part.id;
        const isCorrupt = foundCorrupt.has(part.id) && !(await isRestored(part));
        if (foundCorrupt.has(part.id) && !isCorrupt) restored++;
        if (isWanted && isCorrupt) corrupt.set(part.extraction, part);
        else if (isWanted && !suspects.has(part.id)) whole.set(part.extraction, part);
      };
      // Parts of other snapshots are not extracted again, but a copy can restore them.
      const asked = new Map([...foundCorrupt, ...[...recorded.values()].map((part) => [part.id, part] as const)]);
      await inParallel(ASKED_AT_ONCE, [...asked.values()], askStore, cancellationSignal());
      const ingested = new Set(await labels.ingested([...whole.values()].map(({ id }) => id)));

      const missing = wanted
        .map(({ from, to, ...extraction }): PartitionTask => {
          const facts = whole.get(extraction.labels);
          const [rows, labelFacts] = [corrupt.get(extraction.rows), corrupt.get(extraction.labels)];
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
            ...((rows || labelFacts) && {
              corrupt: { ...(rows && { rows }), ...(labelFacts && { labels: labelFacts }) },
            }),
          };
        })
        .filter(({ rows, labels, ingest }) => rows !== null || labels !== null || ingest);
      return { watermark, extractions, missing, ...(restored > 0 && { restored }) };
    },

    /** Streams a partition's rows and label facts into Parquet parts. The facts also become labels. */
    async extractPartition({ pipeline: ref, task }: { pipeline: PipelineRef; task: PartitionTask }) {
      await parts.hold(ref.name, thisRun());
      const pipeline = await pipelines.declaration(ref);
      const readings = readingsOf(pipeline);
      const counted = { rows: 0, labels: 0 };
      const { ingest = null, knownAt = task.to, number = { rows: 1, labels: 1 }, corrupt = {} } = task;
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
          const earlier = corrupt[kind];
          const { rows, sha256, bytes } = await tellingOfSource({ alerts, pipeline, sharedClock }, () =>
            extractor.extract(readings[kind], partition, file, progress),
          ).catch((error: unknown) => {
            throw earlier && isFinal(error) ? partLost(pipeline.name, earlier, messageOf(error), error) : error;
          });
          // Fewer would be missing in all later snapshots, and a part restored from a backup would not bring them back.
          if (earlier && rows < earlier.rows) {
            const left = rows === 0 ? 'none of that time any more' : `only ${rows} of that time now`;
            throw partLost(pipeline.name, earlier, `${placeInWords(readings[kind].from)} has ${left}`);
          }
          const objectKey = partKey(pipeline.name, kind, sha256);
          const isSame = earlier?.objectKey === objectKey;
          await unlessCancelled(isSame ? store.replaceFile(objectKey, file) : store.putFile(objectKey, file));
          const own = { extraction, number: number[kind], kind, ...partition, objectKey, sha256, rows, bytes };
          const part = await parts.record(pipeline.name, own);
          // Another attempt may have been faster: the part that was kept counts.
          if (kind === 'labels')
            await keepFacts(part, part.sha256 === sha256 ? file : await unlessCancelled(cache.fetch(part)));
          if (isSame) await parts.noteWhole(objectKey);
          if (earlier) {
            const now = { ...partition, objectKey, rows };
            log.warn('A corrupt part was extracted again.', { corrupt: earlier.objectKey, rows: earlier.rows, now });
          }
          counted[kind] = part.rows;
        });
      }
      return counted;
    },
  };
};

/** Whether another attempt at an extraction would fail as well. */
const isFinal = (error: unknown): boolean => error instanceof UserError && !isUnreachable(error.code);

const partLost = (
  pipeline: string,
  { objectKey, kind, rows, from, to }: Part,
  why: string,
  cause?: unknown,
): UserError =>
  new UserError(
    'PART_LOST',
    `Object ${objectKey} with the ${rows} ${kind} of ${pipeline} from ${from} to ${to} is not what was stored, and they ` +
      `cannot all be extracted again: ${why}. Restore the object from a backup; or delete it, to continue with what the source ` +
      `has now. Then: perennial run ${pipeline} data`,
    { cause },
  );
