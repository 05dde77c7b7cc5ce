import { jobId, writeWholeText } from '../whole-file.ts';
import { contentId } from '../../../core/base/ids.ts';
import { decodeNumbers, encodeNumbers } from '../../../core/model/numbers/weights.ts';
import { type Folds } from '../../../core/training/splits/folds.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a training in folds stands. */
export interface FoldsState {
  /** The selection losses of each fold that told how long to train. */
  curves: number[][];
  /** How many folds have been scored, and what was said of each row so far. */
  scored: number;
  scores: Float64Array<ArrayBuffer>;
  /** The selection losses of the training under way, and the checkpoint that it left. */
  curve: number[];
  under: string | null;
  /** Of all attempts together. */
  seconds: number;
}

interface Stored extends Omit<FoldsState, 'scores' | 'under'> {
  job: string;
  scores: string;
  under: unknown;
}

const idOf = (job: TrainingJob, folds: Folds): string => contentId({ job: jobId(job), folds, recency: job.recency });

/** Writes a training's checkpoints, each around the newest one of the training under way. */
export function createCheckpoints(job: TrainingJob, folds: Folds) {
  const head = JSON.stringify({ job: idOf(job, folds) }).slice(0, -1);
  let written = 0;
  let encoded = { scored: -1, scores: '' };
  return async ({ under, scores, ...state }: FoldsState): Promise<string> => {
    if (encoded.scored !== state.scored) encoded = { scored: state.scored, scores: encodeNumbers(scores) };
    const text = under === null ? 'null' : await readFile(under, 'utf8');
    const now = JSON.stringify({ ...state, scores: encoded.scores }).slice(1, -1);
    const file = await writeWholeText(join(job.folder, `folds-${++written}.json`), `${head},${now},"under":${text}}`);
    if (under !== null) await rm(under);
    return file;
  };
}

/** Throws when the file is unreadable or belongs to another job. */
export async function readCheckpoint(
  job: TrainingJob,
  folds: Folds,
  numbers: number,
  file: string,
): Promise<FoldsState> {
  const { job: id, under, scores, ...state } = JSON.parse(await readFile(file, 'utf8')) as Stored;
  if (id !== idOf(job, folds)) throw new Error('it belongs to another candidate, seed, set of columns or release');
  const left = join(job.folder, 'under.json');
  if (under !== null) await writeFile(left, JSON.stringify(under));
  return {
    ...state,
    scores: decodeNumbers('Float64Array', scores, numbers),
    under: under === null ? null : left,
  };
}
