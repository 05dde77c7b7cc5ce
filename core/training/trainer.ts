import type { MetricName } from '../metrics/index.ts';
import type { TrainedModel } from '../model/artifact.ts';
import type { Candidate } from '../recipes/index.ts';
import type { Columns } from '../columns/index.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { Folds } from './splits/folds.ts';
import type { Instant } from '../time/time.ts';
import type { Progress } from '../base/progress.ts';

/** Trains one candidate in its own process, which dies with the activity. */
export interface Trainer {
  train(job: TrainingJob, progress: Progress & { onCheckpoint(file: string): Promise<void> }): Promise<TrainedModel>;
}

export interface TrainingJob {
  trainingSet: string;
  columns: Columns;
  labelKind: Pipeline['label']['kind'];
  /** For kind class. */
  classes?: string[] | undefined;
  /** What the gate compares, which is what training aims at. Absent in jobs of earlier releases. */
  metric?: MetricName;
  candidate: Candidate;
  seed: number;
  /** The first so many rows of the train split, which is shuffled; absent: all of them. */
  rows?: number;
  /** How the judged model was trained: trains as long, on the rows of all splits. */
  refit?: TrainedModel['trainedWith'];
  /** How the rows that it learns from thin out with their age before a moment; absent: they do not. */
  recency?: { halfLife: string; until: Instant };
  /** A network of an artifact, by its candidate, whose weights and inputs it begins with; absent: with chance. */
  startFrom?: { file: string; sha256: string; network: string };
  /** Models that the candidate averages, each as it was trained. */
  members?: { candidate: string; file: string }[];
  /** Measure it on rows that it did not learn from, fold by fold, and train it on all of train and selection. */
  folds?: Folds;
  /** Train for so many epochs, trees or penalties, whatever the selection loss says, and keep the last. */
  rounds?: number;
  /** A file written by an earlier attempt's checkpoint, or null to start from nothing. */
  resumeFrom: string | null;
  /** Where the child may write its files. */
  folder: string;
}
