import type { Pipeline } from '../../declaration/pipeline.ts';
import { isByEntity } from './splitting.ts';
import type { CandidateResult, TrainingSet } from '../training.ts';

/** How the rows of the train and selection splits are dealt: each fold is scored by a model of the others. */
export interface Folds {
  count: number;
  /** Rows of one are in one fold. */
  by: 'entity' | 'day' | 'key';
  /** Asked for by the declaration, and not only since the data is small. */
  declared: boolean;
  /** The share of the rows without a positive label that models learn from; absent: all of them. */
  negatives?: number;
}

/** With fewer positives to choose by, one split is a lottery (docs/decisions/052-leaks-and-splits.md). */
export const FEW_POSITIVES = 300;
const USUAL = 5;
/** Folds take as many trainings, and of so many rows a training is short. Of more, negatives are left out. */
const FEW_ROWS = 50_000;
/** Of a label that is a number or a class every row tells something: with fewer than these, one split is a lottery, too. */
export const FEW_OTHERS = 1_000;
/** Of more rows, one split tells enough. */
const MOST_ROWS = 500_000;

type Asked = Pick<Pipeline, 'splits' | 'source' | 'label'>;
type Counted = Pick<TrainingSet, 'rows' | 'positives'>;
const learnt = ({ train, selection }: TrainingSet['rows']): number => train + selection;

/** Whether a training has folds: as declared, and by itself where few rows tell, of two classes few positives. */
export function foldsOf({ splits, source, label }: Asked, set: Counted): Folds | null {
  if (splits.folds === 'none') return null;
  const by = splits.by === 'stratified' ? 'key' : isByEntity({ splits, source }) ? 'entity' : 'day';
  const rows = learnt(set.rows);
  if (splits.folds !== undefined) return rows > MOST_ROWS ? null : { count: splits.folds, by, declared: true };
  const positives = learnt(set.positives);
  const few = label.kind === 'binary' ? positives < FEW_POSITIVES && rows <= MOST_ROWS : rows < FEW_OTHERS;
  if (!few) return null;
  const negatives = rows > FEW_ROWS && { negatives: (FEW_ROWS - positives) / (rows - positives) };
  return { count: USUAL, by, declared: false, ...negatives };
}

/**
 * What a run decided when its training set was assembled. An earlier release stored no decision: what it has trained is
 * compared with what is trained now, so both are measured alike.
 */
export function foldsOfRun(
  asked: Asked,
  set: Counted & Pick<TrainingSet, 'folds'>,
  trained: readonly CandidateResult[],
): Folds | null {
  if (set.folds !== undefined) return set.folds;
  return trained.some(({ folds }) => folds !== undefined) ? foldsOf(asked, set) : null;
}
