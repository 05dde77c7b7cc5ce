import { type TrainingState } from './checkpoint.ts';
import { type LossShape } from './loss.ts';
import { type RecordLayout, type Records } from '../rows/records.ts';
import { type Backend } from '../../../adapters/training/tensors.ts';
import { type Random } from '../../../core/base/random.ts';
import { type NetworkPlan } from '../../../core/recipes/recipe.ts';

/** What learns: our own kernel, or TF.js. Equal jobs on one engine give equal weights. */
export interface Engine {
  backend: Backend | 'kernel';
  /** Write records here for `train`, `loss` and `outputs` to read. */
  pool: Records;
  /** Takes weights and the optimizer's memory from a state. */
  load(state: TrainingState): void;
  /** Writes them back. */
  save(state: TrainingState): void;
  /** `dropout` decides which units are left out until the next epoch. */
  startEpoch(dropout: Random): void;
  /** Learns from the records at these places, which are one batch; returns their mean loss. */
  train(places: Uint32Array, learningRate: number): number;
  /** The losses of the pool's first records, added up. */
  loss(rows: number): number;
  /** The network's outputs for the pool's first records, row by row: one, or one for each class. */
  outputs(rows: number): Float32Array;
  /** Ends its threads, if any; it is of no use after that. */
  end(): Promise<void>;
}

export interface EngineParts {
  layout: RecordLayout;
  plan: NetworkPlan;
  loss: LossShape;
  /** Of the pool. */
  rows: number;
}
