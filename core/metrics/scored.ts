import type { LabelKind } from '../data/labels/label-kinds.ts';
import { answerOf, type ClassCosts } from './answer.ts';
import { confusionOf } from './confusion.ts';
import { rank, type Ranking } from './ranking.ts';

/** Scores of labelled rows, with sums that several metrics share. */
export interface Scored {
  /** A number a row; of classes, each row's probabilities one after the other. */
  scores: ArrayLike<number>;
  labels: ArrayLike<number>;
  /** Numbers a row: 1, or as many as there are classes. */
  width: number;
  /** From the highest score down. */
  ranking(): Ranking;
  errors(): Errors;
  /** Of classes: how many rows of each (a line) were taken for each. */
  confusion(): readonly number[];
  /** Of classes: the one that is the row's answer. */
  answer(row: number): number;
}

/** Sums over rows whose labels are numbers. */
export interface Errors {
  squares: number;
  distances: number;
  /** Of the labels. */
  mean: number;
  /** Of the labels from their mean, squared. */
  variance: number;
}

export function createScored(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  costs: ClassCosts | null = null,
): Scored {
  let ranking: Ranking | undefined;
  let errors: Errors | undefined;
  let confusion: readonly number[] | undefined;
  const width = widthOf(scores, labels);
  const answer = (row: number): number => answerOf(scores, width, row, costs);
  return {
    scores,
    labels,
    width,
    ranking: () => (ranking ??= rank(scores)),
    errors: () => (errors ??= errorsOf(scores, labels)),
    confusion: () => (confusion ??= confusionOf(labels, width, answer)),
    answer,
  };
}

/** Numbers a row. */
export const widthOf = (scores: ArrayLike<number>, labels: ArrayLike<number>): number =>
  labels.length === 0 ? 1 : scores.length / labels.length;

function errorsOf(estimates: ArrayLike<number>, labels: ArrayLike<number>): Errors {
  const rows = labels.length;
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += labels[i]!;
  const mean = sum / rows;
  let [squares, distances, variance] = [0, 0, 0];
  for (let i = 0; i < rows; i++) {
    squares += squaredErrorOf(estimates[i]!, labels[i]!);
    distances += absoluteErrorOf(estimates[i]!, labels[i]!);
    variance += (labels[i]! - mean) ** 2;
  }
  return { squares, distances, mean, variance };
}

export const squaredErrorOf = (score: number, label: number): number => (score - label) ** 2;
export const absoluteErrorOf = (score: number, label: number): number => Math.abs(score - label);

/** The mean cost per row; null without rows. */
export function meanCost(
  { scores, labels }: Pick<Scored, 'scores' | 'labels'>,
  costOf: (score: number, label: number) => number,
): number | null {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += costOf(scores[i]!, labels[i]!);
  return scores.length === 0 ? null : sum / scores.length;
}

/** Refuses labels of the wrong kind: a single one makes every metric meaningless. */
export const checkScored: Record<LabelKind, (scores: ArrayLike<number>, labels: ArrayLike<number>) => void> = {
  binary(scores, labels) {
    checkLengths('scores', scores, labels);
    for (let i = 0; i < labels.length; i++)
      if (labels[i] !== 0 && labels[i] !== 1) throw new RangeError(`The label of row ${i} is ${labels[i]}, not 0 or 1`);
  },
  class(scores, labels) {
    const width = widthOf(scores, labels);
    if (labels.length > 0 && (!Number.isInteger(width) || width < 2))
      throw new RangeError(`There are ${scores.length} probabilities for ${labels.length} labels`);
    for (let i = 0; i < labels.length; i++)
      if (!Number.isInteger(labels[i]) || labels[i]! < 0 || labels[i]! >= width)
        throw new RangeError(`The label of row ${i} is ${labels[i]}, not the place of one of ${width} classes`);
  },
  number(estimates, labels) {
    checkLengths('estimates', estimates, labels);
    for (let i = 0; i < labels.length; i++) {
      if (!Number.isFinite(labels[i]))
        throw new RangeError(`The label of row ${i} is ${labels[i]}, not a finite number`);
      if (!Number.isFinite(estimates[i]))
        throw new RangeError(`The estimate of row ${i} is ${estimates[i]}, not a finite number`);
    }
  },
};

function checkLengths(what: string, scores: ArrayLike<number>, labels: ArrayLike<number>): void {
  if (scores.length !== labels.length)
    throw new RangeError(`There are ${scores.length} ${what} for ${labels.length} labels`);
}
