import { jobId, writeWhole } from '../whole-file.ts';
import { type Encoding, type Target } from '../../../core/model/artifact.ts';
import { decodeWeights, encodeWeights } from '../../../core/model/numbers/weights.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What Adam remembers. */
export interface AdamState {
  steps: number;
  first: Float32Array;
  second: Float32Array;
}

export const startAdam = (parameters: number): AdamState => ({
  steps: 0,
  first: new Float32Array(parameters),
  second: new Float32Array(parameters),
});

/** Where a training stands after an epoch. */
export interface TrainingState {
  epoch: number;
  encodings: Encoding[];
  target: Target | null;
  rows: number;
  /** How many rows are mixed in memory, also on another worker; absent from checkpoints of earlier releases. */
  pool?: number;
  parameters: Float32Array;
  adam: AdamState;
  best: { epoch: number; loss: number; parameters: Float32Array };
  /** Of all attempts together. */
  seconds: number;
}

/** A file that is whole or not there; returns its path. */
export async function writeCheckpoint(job: TrainingJob, state: TrainingState): Promise<string> {
  const { adam, best } = state;
  return writeWhole(join(job.folder, `checkpoint-${state.epoch}.json`), {
    ...state,
    job: jobId(job),
    kind: 'network',
    size: state.parameters.length,
    parameters: encodeWeights(state.parameters),
    adam: { steps: adam.steps, first: encodeWeights(adam.first), second: encodeWeights(adam.second) },
    best: { ...best, parameters: encodeWeights(best.parameters) },
  });
}

/** Throws when the file is unreadable or belongs to another job. */
export async function readCheckpoint(job: TrainingJob, file: string): Promise<TrainingState> {
  const stored = JSON.parse(await readFile(file, 'utf8')) as StoredCheckpoint;
  if (stored.job !== jobId(job)) throw new Error('it belongs to another candidate, seed, set of columns or release');
  const weights = (text: string): Float32Array => decodeWeights(text, stored.size);
  return {
    epoch: stored.epoch,
    encodings: stored.encodings,
    target: stored.target,
    rows: stored.rows,
    ...(stored.pool !== undefined && { pool: stored.pool }),
    seconds: stored.seconds,
    parameters: weights(stored.parameters),
    adam: { steps: stored.adam.steps, first: weights(stored.adam.first), second: weights(stored.adam.second) },
    best: { ...stored.best, parameters: weights(stored.best.parameters) },
  };
}

interface StoredCheckpoint extends Pick<TrainingState, 'epoch' | 'encodings' | 'target' | 'rows' | 'pool' | 'seconds'> {
  job: string;
  size: number;
  parameters: string;
  adam: { steps: number; first: string; second: string };
  best: { epoch: number; loss: number; parameters: string };
}
