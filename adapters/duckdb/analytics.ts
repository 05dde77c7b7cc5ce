import type { BatchFiles } from '../../core/data/predictions/batches.ts';
import type { Analytics } from '../../core/data/analytics.ts';
import { ownName, workFolder } from '../objects/leftovers.ts';
import { ask, stream, type Duck } from './ask.ts';
import { assemble } from './training-sets/assemble.ts';
import { leaks } from './training-sets/leaks.ts';
import { openDuck } from './database.ts';
import { examples } from './quality/examples.ts';
import { labelShare } from './training-sets/label-share.ts';
import { readPredictions, writePredictions } from './reading/predictions.ts';
import { profile } from './quality/profile.ts';
import { lastLabelled } from './reading/last-labelled.ts';
import { readHeld } from './reading/read-held.ts';
import { readFacts, type Fact } from './reading/read-facts.ts';
import { readRows } from './reading/read-rows.ts';
import { readSplit } from './reading/read-split.ts';
import { samples } from './quality/samples.ts';
import { levels, summarise } from './quality/summarise.ts';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface AnalyticsOptions {
  memoryLimit?: string;
  threads?: number;
  /** DuckDB spills here, in its own folder; the leftovers of killed processes are deleted. */
  folder?: string;
  /** The signal of the current caller: an abort ends its query. */
  signal?: () => AbortSignal | undefined;
}

export interface DuckAnalytics extends Analytics, BatchFiles {
  /** The label facts of a part, for the database that stores them. */
  readFacts(file: string): AsyncIterable<Fact[]>;
  close(): void;
}

/** Queries over Parquet, on one DuckDB whose memory they share. */
export async function createAnalytics({
  memoryLimit = '400MB',
  threads = 2,
  folder,
  signal = () => undefined,
}: AnalyticsOptions = {}): Promise<DuckAnalytics> {
  const spill = folder === undefined ? await mkdtemp(join(tmpdir(), 'duckdb-')) : await ownFolder(folder);
  const instance = await openDuck({ memoryLimit, threads, folder: spill });
  const duck: Duck = { instance, signal };
  return {
    summarise: (files, columns) => ask(duck, files, (connection) => summarise(connection, files, columns)),
    levels: (files, columns) => ask(duck, files, (connection) => levels(connection, files, columns)),
    examples: (files, columns, faults, most) =>
      ask(duck, files, (connection) => examples(connection, files, columns, faults, most)),
    samples: (files, columns, rows) => ask(duck, files, (connection) => samples(connection, files, columns, rows)),
    profile: (files, binning, within) => ask(duck, files, (connection) => profile(connection, files, binning, within)),
    labelShare: (rowFiles, labelFiles, label) =>
      ask(duck, [...rowFiles, ...labelFiles], (connection) => labelShare(connection, rowFiles, labelFiles, label)),
    lastLabelled: (files, label, last) =>
      ask(duck, [...files.rows, ...files.labels], (connection) => lastLabelled(connection, files, label, last)),
    assemble: (rowFiles, labelFiles, options, file) =>
      ask(duck, [...rowFiles, ...labelFiles], (connection) =>
        assemble(connection, rowFiles, labelFiles, options, file),
      ),
    findLeaks: (file, question) => ask(duck, [file], (connection) => leaks(connection, file, question)),
    readSplit: (file, split, columns, own) =>
      stream(duck, [file], (connection) => readSplit(connection, file, split, columns, own)),
    readHeld: (file, splits, columns) =>
      stream(duck, [file], (connection) => readHeld(connection, file, splits, columns)),
    readRows: (file, within, columns, own) =>
      stream(duck, [file], (connection) => readRows(connection, file, within, columns, own)),
    writePredictions: (predictions, version, file) =>
      ask(duck, [], (connection) => writePredictions(connection, predictions, version, file)),
    readPredictions: (file) => stream(duck, [file], (connection) => readPredictions(connection, file)),
    readFacts: (file) => stream(duck, [file], (connection) => readFacts(connection, file)),
    close() {
      instance.closeSync();
      rmSync(spill, { recursive: true, force: true });
    },
  };
}

async function ownFolder(folder: string): Promise<string> {
  await workFolder(folder)();
  const own = join(folder, ownName());
  await mkdir(own);
  return own;
}
