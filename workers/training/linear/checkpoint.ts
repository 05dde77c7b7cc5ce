import { weightsOf } from './passes.ts';
import { layoutOf } from '../rows/records.ts';
import { jobId, writeWhole } from '../whole-file.ts';
import { type Encoding, type Target } from '../../../core/model/artifact.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a fit stands after a penalty of its path. */
export interface LinearState {
  /** Penalties that have been tried. */
  tried: number;
  passes: number;
  encodings: Encoding[];
  target: Target | null;
  /** For classes: the logarithm of each one's share. */
  bases?: number[];
  rows: number;
  weights: Float64Array;
  best: { loss: number; weights: Float64Array; penalty?: number | undefined };
  /** Of all attempts together. */
  seconds: number;
}

/** A file that is whole or not there; returns its path. */
export const writeCheckpoint = (job: TrainingJob, state: LinearState): Promise<string> =>
  writeWhole(join(job.folder, `checkpoint-${state.tried}.json`), {
    ...state,
    job: jobId(job),
    kind: 'linear',
    weights: [...state.weights],
    best: { ...state.best, weights: [...state.best.weights] },
  });

/** Throws when the file is unreadable or belongs to another job, or to one of a release that fitted otherwise. */
export async function readCheckpoint(job: TrainingJob, file: string): Promise<LinearState> {
  const { job: id, kind, ...state } = JSON.parse(await readFile(file, 'utf8')) as Stored;
  if (id !== jobId(job) || kind !== 'linear')
    throw new Error('it belongs to another candidate, seed, set of columns or release');
  const { best } = state;
  return {
    ...state,
    weights: Float64Array.from(state.weights),
    best: { ...best, weights: Float64Array.from(best.weights) },
  };
}

/** Whether the job's checkpoint is of its training in batches, which more weights than this are left to. */
export async function isOfBatches(job: TrainingJob, widest: number): Promise<boolean> {
  if (job.resumeFrom === null) return false;
  try {
    const { job: id, kind, encodings } = JSON.parse(await readFile(job.resumeFrom, 'utf8')) as Stored;
    return id === jobId(job) && kind === 'network' && weightsOf(layoutOf(encodings)) > widest;
  } catch {
    return false; // what is wrong with it is said where it is read
  }
}

interface Stored extends Omit<LinearState, 'weights' | 'best'> {
  job: string;
  kind?: string;
  weights: number[];
  best: { loss: number; weights: number[]; penalty?: number };
}
