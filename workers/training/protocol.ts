/** What a worker and the process that trains for it say to each other, over IPC. */
import type { Backend, Circumstances } from '../../adapters/training/tensors.ts';
import type { ErrorCode } from '../../core/base/errors/errors.ts';
import type { TrainingJob } from '../../core/training/trainer.ts';

/** What the worker sends, once. */
export interface TrainerRequest {
  job: TrainingJob;
  memoryLimitMb: number;
  threads: number;
  tensorflow: Circumstances;
  /** Folders with files of pipelines' own recipes. */
  recipeRoots: readonly string[];
}

export interface TrainingProgress {
  unit: 'epoch' | 'tree';
  /** Finished units, of at most so many. */
  done: number;
  of: number;
  /** Mean over the unit so far. */
  loss: number | null;
  selectionLoss: number | null;
  rowsPerSecond: number;
  /** 'kernel': our own, for networks; 'none': it needs neither that nor TF.js. */
  backend: Backend | 'kernel' | 'none';
}

/** What the trainer sends. `done` or `failed` comes last. */
export type TrainerMessage =
  | { kind: 'progress'; progress: TrainingProgress }
  | { kind: 'checkpoint'; file: string }
  | { kind: 'log'; line: string }
  /** Around the loading of TF.js, whose native library may crash the process. */
  | { kind: 'loading' | 'loaded' }
  | { kind: 'done'; file: string }
  | { kind: 'failed'; code: ErrorCode | null; message: string; stack?: string };
