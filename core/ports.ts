import type { Binning, ColumnBins } from './data/binning.ts';
import type {
  ColumnSummary,
  Example,
  Judgement,
  OwnColumn,
  Part,
  Partition,
  Row,
  Snapshot,
  SnapshotSummary,
  Value,
} from './data/data.ts';
import type { Verdict } from './drift/verdict.ts';
import type { RowFault } from './data/expectations.ts';
import type { ModelArtifact, TrainedModel } from './model/artifact.ts';
import type { Candidate, Columns, Pipeline, PipelineRef } from './declaration/pipeline.ts';
import type { Profile } from './data/profile.ts';
import type { Cycle, CycleOutcome, RetrainRequest } from './training/retraining.ts';
import type { Place, Secret } from './sources/source.ts';
import type { Instant } from './time/time.ts';
import type {
  CandidateResult,
  Evaluated,
  CurrentTraffic,
  ModelVersion,
  SplitName,
  Splits,
  Traffic,
  TrainingSet,
} from './training/training.ts';

/** What time it is, for everything that has no `asOf` of its own. A simulated year runs on another clock. */
export interface Clock {
  now(): Date;
  /** Real milliseconds until this clock shows `time`; 0 when it has passed, Infinity when it never will. */
  millisecondsUntil(time: Instant): number;
}

/** One clock for all processes of an installation, so that no machine whose own clock is wrong decides anything. */
export interface SharedClock {
  /** What it shows now, to be used at once. */
  read(): Promise<Clock>;
}

/** Resolves a secret's name to its value, inside the step that needs it. */
export interface Secrets {
  read(secret: Secret): string;
}

/** An object as a store lists it. */
export interface ListedObject {
  key: string;
  sizeBytes: number;
  /** When it was last written, also by a writer who came too late to change its bytes. */
  modifiedAt: Date;
}

/**
 * Immutable bytes under a key. A write is seen whole or not at all; writing the same key again changes no byte, and counts
 * as written now.
 */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  putFile(key: string, path: string): Promise<void>;
  /** Throws OBJECT_MISSING. */
  get(key: string): Promise<Uint8Array>;
  getFile(key: string, path: string): Promise<void>;
  has(key: string): Promise<boolean>;
  /** All objects of a folder (a prefix that ends with "/"), in any order; those written or deleted meanwhile may be missing. */
  list(folder: string): AsyncIterable<ListedObject>;
  /**
   * Deletes an object unless somebody has written it at or after `unlessSince`. Returns whether it did. A store that cannot do both
   * in one step sets the object aside: whoever wrote it in between still finds it, until `forget`.
   */
  delete(key: string, unlessSince: Date): Promise<boolean>;
  /** What deletions set aside of a folder; `modifiedAt` is when they did. */
  aside(folder: string): AsyncIterable<ListedObject>;
  forget(key: string): Promise<void>;
}

/** Objects brought to this machine's disk, once per hash; throws OBJECT_CORRUPT when the bytes are not what the hash says. */
export interface LocalCache {
  fetch(object: { objectKey: string; sha256: string }): Promise<string>;
  /** A folder that is gone when `work` ends. */
  withFolder<T>(work: (folder: string) => Promise<T>): Promise<T>;
}

export interface Progress {
  signal: AbortSignal;
  onProgress(detail: unknown): void;
}

/** Rows to read by time: a source's, or label facts. */
export interface Reading {
  from: Place;
  key: string;
  time: string;
  entity: string | null;
  columns: Columns;
}

/** Streams a table's rows into a Parquet file, in bounded memory. */
export interface Extractor {
  /** Throws SOURCE_UNREACHABLE, SOURCE_TABLE_MISSING, SOURCE_COLUMN_MISSING, SOURCE_COLUMN_TYPE. */
  check(reading: Reading): Promise<void>;
  /** Rows with from <= time < to, ordered by time, into `file`. */
  extract(
    reading: Reading,
    partition: Partition,
    file: string,
    progress: Progress,
  ): Promise<{ rows: number; sha256: string; bytes: number }>;
}

/** Questions asked of Parquet files on this machine. All take paths, never object keys. */
export interface Analytics {
  summarise(files: string[], columns: Columns): Promise<SnapshotSummary>;
  /** Rows that are not as expected, at most `most` values of each fault. */
  examples(
    files: string[],
    columns: Columns,
    faults: readonly { column: string | null; name: RowFault }[],
    most: number,
  ): Promise<Example[]>;
  /** At most `rows` values of a numeric column without nulls, the same ones each time. */
  sample(files: string[], column: string, rows: number): Promise<Float64Array>;
  /** Counts rows with from <= _time < to into bins. */
  profile(files: string[], binning: Binning, within: Partition): Promise<Profile>;
  /** The share of positive labels among mature rows, and how many rows are mature. */
  labelShare(rowFiles: string[], labelFiles: string[], label: Labelling): Promise<{ rows: number; positives: number }>;
  /** Joins rows with their labels as of a moment, marks the four splits in time order, shuffles by `seed`, writes `file`. */
  assemble(
    rowFiles: string[],
    labelFiles: string[],
    options: AssembleOptions,
    file: string,
  ): Promise<Omit<TrainingSet, 'objectKey'>>;
  /** The rows of a split, in the order of the file, a chunk at a time. Of our own columns `_time` and `_label` unless said. */
  readSplit(file: string, split: SplitName, columns: string[], own?: OwnColumn[]): AsyncIterable<RowChunk>;
}

export interface Labelling {
  asOf: Instant;
  maturesAfter: string;
  /** binary unless said. */
  kind?: Pipeline['label']['kind'];
  /** null: a row without a fact has no label, and is left out. */
  whenAbsent: number | null;
}

export interface AssembleOptions extends Labelling {
  columns: Columns;
  shares: Pipeline['splits'];
  /** The holdout may not begin before this moment: a champion has seen what lies before. */
  holdoutNotBefore: Instant | null;
  seed: number;
}

/** Some rows, column by column, by their declared names. */
export interface ColumnChunk {
  rows: number;
  columns: Record<string, Value[]>;
}

/** Some rows with our own columns, times in milliseconds since 1970. Apart, since a feature may be called `_key` too. */
export interface RowChunk extends ColumnChunk {
  own: Partial<Record<OwnColumn, Value[]>>;
}

/** Trains one candidate in a process of its own, which dies with the activity. */
export interface Trainer {
  train(job: TrainingJob, progress: Progress & { onCheckpoint(file: string): Promise<void> }): Promise<TrainedModel>;
}

export interface TrainingJob {
  trainingSet: string;
  columns: Columns;
  labelKind: Pipeline['label']['kind'];
  candidate: Candidate;
  seed: number;
  /** A file written by an earlier attempt's checkpoint, or null to start from nothing. */
  resumeFrom: string | null;
  /** Where the child may write its files. */
  folder: string;
}

/** Computes in threads, so that whatever else this process does goes on meanwhile. */
export interface Threads {
  /**
   * What the computation of this name returns. The buffers of typed arrays in `input` move to the thread, which ends
   * with the signal.
   */
  run(name: string, input: unknown[], signal: AbortSignal): Promise<unknown>;
}

export interface Pipelines {
  /** Stores the declaration under its hash (once) and makes it the applied one. */
  apply(pipeline: Pipeline, by: string): Promise<{ ref: PipelineRef; changed: boolean }>;
  /** Throws PIPELINE_UNKNOWN. */
  declaration(ref: PipelineRef): Promise<Pipeline>;
  applied(name: string): Promise<PipelineRef>;
  list(): Promise<PipelineRef[]>;
}

/** Snapshots, their parts, binnings and profiles. */
export interface Catalogue {
  /**
   * Keeps all parts of the pipeline from being removed, until the run releases them or has not held them anew for the time of
   * grace. Parts that are looked for afterwards are there to stay.
   */
  holdParts(pipeline: string, run: string): Promise<void>;
  releaseParts(run: string): Promise<void>;
  /** The newest part of each of these extractions, where there is one. */
  findParts(extractions: string[]): Promise<Part[]>;
  /** Keeps the first part of its extraction with its number; returns the extraction's newest. */
  recordPart(pipeline: string, part: Omit<Part, 'id'>): Promise<Part>;
  recordSnapshot(
    snapshot: Pick<Snapshot, 'id' | 'pipeline' | 'revision' | 'asOf'>,
    parts: Pick<Part, 'id'>[],
  ): Promise<Snapshot>;
  /** Parts that only quarantined snapshots name: their source may have been mended since. */
  suspects(pipeline: string): Promise<string[]>;
  /** The first judgement holds; returns it with its snapshot. */
  judgeSnapshot(id: string, judgement: Judgement): Promise<Snapshot>;
  /** Throws SNAPSHOT_MISSING. */
  snapshot(id: string): Promise<Snapshot>;
  /** Newest first, whatever became of them. */
  snapshots(pipeline: string, limit: number): Promise<Omit<Snapshot, 'parts'>[]>;
  /** The newest published snapshot that is not after `asOf`, whichever revision took it. */
  latestSnapshot(pipeline: string, asOf: Instant): Promise<Snapshot | null>;
  /** What was published for this revision and this very moment; the newest, where a lost part was replaced since. */
  publishedSnapshot(pipeline: PipelineRef, asOf: Instant): Promise<Snapshot | null>;
  /** The pipeline's current binning. */
  binning(pipeline: string): Promise<Binning | null>;
  /** Newest first. */
  binnings(pipeline: string): Promise<Binning[]>;
  /** The moment of the newest snapshot that was counted in a binning. */
  newestCounted(pipeline: string, binning: string): Promise<Instant | null>;
  recordBinning(pipeline: string, columns: Record<string, ColumnBins>): Promise<Binning>;
  findProfile(pipeline: string, subject: string, binning: string): Promise<Profile | null>;
  recordProfile(pipeline: string, subject: string, profile: Profile): Promise<void>;
}

/** Label facts in Perennial's own database: append-only, each version once. */
export interface Labels {
  /**
   * Copies the facts of a part's file in, in short transactions. A fact that is new is known since it was observed; one
   * with another value than before is a version known since `knownAt`. Returns how many rows it wrote. What was begun in
   * the database ends with `signal`.
   */
  ingest(pipeline: string, part: { id: string; file: string }, knownAt: Instant, signal?: AbortSignal): Promise<number>;
  /** Those of these parts of which all facts are in. */
  ingested(parts: string[]): Promise<string[]>;
}

export interface TrainingRun {
  id: string;
  pipeline: PipelineRef;
  cycle: string;
  asOf: Instant;
  snapshot: string;
  /** Who served when the run began, and at which generation of traffic. */
  champion: number | null;
  generation: number;
  trainingSet: TrainingSet | null;
  winner: Evaluated | null;
}

export interface Registry {
  /** Opens the cycle's training run, or returns the one it has. */
  openTrainingRun(run: Omit<TrainingRun, 'trainingSet' | 'winner'>): Promise<TrainingRun>;
  trainingRun(id: string): Promise<TrainingRun>;
  recordTrainingSet(id: string, set: TrainingSet): Promise<TrainingSet>;
  /** Keeps the first evaluation of a run; returns the one kept. */
  recordWinner(id: string, winner: Evaluated): Promise<Evaluated>;
  findCandidate(trainingRun: string, candidate: string): Promise<CandidateResult | null>;
  recordCandidate(trainingRun: string, result: CandidateResult): Promise<CandidateResult>;
  candidates(trainingRun: string): Promise<CandidateResult[]>;
  /** Registers the run's winner under the next version number; a run registers one version, however often asked. */
  register(
    version: Omit<ModelVersion, 'version' | 'stage' | 'createdAt' | 'cardKey'>,
    by: string,
  ): Promise<ModelVersion>;
  attachCard(pipeline: string, version: number, cardKey: string): Promise<void>;
  /** Throws MODEL_UNKNOWN. */
  version(pipeline: string, version: number): Promise<ModelVersion>;
  versions(pipeline: string): Promise<ModelVersion[]>;
  traffic(pipeline: string): Promise<Traffic | null>;
  /** Of these pipelines, or of all that have any. */
  traffics(pipelines?: readonly string[]): Promise<CurrentTraffic[]>;
  /**
   * The traffic as it was at a moment of the loops' clock. Before the first promotion it is the first one's: whoever goes
   * back that far can mean no other. null: nothing ever served.
   */
  trafficAt(pipeline: string, moment: Instant): Promise<Traffic | null>;
  /**
   * Gives all traffic to a version, in one transaction with stages and audit. Refuses with TRAFFIC_SUPERSEDED when the
   * generation is no longer `expectedGeneration`, unless this very promotion is what raised it.
   */
  promote(promotion: {
    pipeline: string;
    version: number;
    expectedGeneration: number;
    /** From when it serves, by the loops' clock. */
    at: Instant;
    by: string;
    reason: string;
  }): Promise<Traffic>;
}

export interface RetrainingLedger {
  /** Stores a request once; false when it was there already. */
  recordRequest(request: RetrainRequest): Promise<boolean>;
  openRequests(pipeline: string): Promise<RetrainRequest[]>;
  /** Opens a cycle that settles these requests, or returns the one that already settles the first. */
  openCycle(cycle: Omit<Cycle, 'outcome' | 'reopened'>): Promise<Cycle>;
  /** Opens a cycle again that has ended, unless somebody else did or another is open; `cycle` is as it was read. */
  reopenCycle(cycle: Cycle, by: string): Promise<void>;
  cycle(id: string): Promise<Cycle>;
  /** Of its opening `reopened`: one that comes late must not end the next. */
  closeCycle(id: string, outcome: CycleOutcome, reopened?: number): Promise<void>;
  /** Newest first. */
  cycles(pipeline: string, limit: number): Promise<Cycle[]>;
}

export interface Verdicts {
  /** Stores a verdict once per pipeline and moment; returns the one kept. */
  record(verdict: Verdict): Promise<Verdict>;
  /** The newest verdict before `asOf` that did not abstain. */
  previous(pipeline: string, asOf: Instant): Promise<Verdict | null>;
  attachReport(id: string, reportKey: string): Promise<void>;
  /** Newest first. */
  list(pipeline: string, limit: number): Promise<Verdict[]>;
  /** Throws VERDICT_UNKNOWN. */
  get(pipeline: string, id: string): Promise<Verdict>;
}

/** One answered prediction, as the spool and the log hold it. */
export interface Prediction {
  id: string;
  pipeline: string;
  version: number;
  /** The row's key and time, when the client sent them; else the prediction's id and the moment of the answer. */
  key: string;
  time: Instant;
  row: Row;
  score: number;
  /** null where a score estimates a number: nothing is decided. */
  decision: boolean | null;
  servedAt: Instant;
}

/** Absolute totals of one replica for one hour, counted in one binning for one version. */
export interface ServedCounts {
  pipeline: string;
  version: number;
  replica: string;
  sequence: number;
  hour: Instant;
  profile: Profile;
}

export interface PredictionLog {
  /**
   * Writes predictions, each once by id, and in the same transaction notes those that were new as uncounted. Returns how
   * many were new; nothing is written when it throws.
   */
  append(predictions: Prediction[]): Promise<number>;
  /**
   * Takes some uncounted predictions, whoever wrote them, and writes the totals that `counting` makes of them in the newest
   * binnings of their pipelines, in one transaction: each is counted once. Returns how many it took, 0 when none are
   * left; nothing changes when it throws.
   */
  countShipped(
    counting: (predictions: Prediction[], binnings: ReadonlyMap<string, Binning>) => ServedCounts[],
  ): Promise<number>;
  /** Profiles of all live arms in [from, to), by version, in one binning: the totals and what is not counted yet. */
  served(pipeline: string, binning: Binning, within: Partition): Promise<{ version: number; profile: Profile }[]>;
  /** Predictions made for rows of [from, to) with their labels as known at `asOf`, some at a time. */
  labelled(
    pipeline: string,
    within: Partition,
    labelling: Labelling,
    signal?: AbortSignal,
  ): AsyncIterable<{ version: number; score: number; label: number }[]>;
}

/** Reaches the retraining loop; starts it if it is not there. */
export interface RetrainingLoop {
  ensure(pipeline: string): Promise<void>;
  ask(request: RetrainRequest): Promise<void>;
  newData(pipeline: string, asOf: Instant): Promise<void>;
  trainingEnded(pipeline: string, cycle: string): Promise<void>;
}

export type { Run, RunState, RunStatus, RunStep, Runs } from './runs/runs.ts';
export type { ScheduledLoop, ScheduleState, Schedules } from './runs/schedules.ts';
export type { ColumnSummary, ModelArtifact, Splits };
