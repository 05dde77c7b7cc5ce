import { calibrationCurve, calibrationError } from './calibration-error.ts';
import { answerOf, type ClassCosts } from './answer.ts';
import { likeliestOf } from './confusion.ts';
import { curvesOf, type Curves } from './curves.ts';
import { decidedAt, type Decided } from './decided/index.ts';
import { LEVEL, numberBlocks, reachOf, spreadOf, type Interval } from './difference.ts';
import { influenceOf } from './influence.ts';
import { widthOf } from './scored.ts';

/** How well classes are told, each held against all others. */
export interface ClassMeasures {
  each: OneClass[];
  /** The mean probability of the likeliest class in ten groups of rows, and the share where it is the right one. */
  calibration: [number, number][];
  /** What a row's answer costs on average, where costs are declared. */
  cost?: Interval & { value: number };
}

export interface OneClass {
  /** Of answers; one that is undefined is missing. */
  measures: Pick<Decided['measures'], 'precision' | 'recall' | 'f1'>;
  /** By the probability of the class; absent: it has no rows, or all of them, or there are too many classes to draw. */
  curves?: Curves;
}

/** Of more nobody looks at the curves. */
const MOST_DRAWN = 10;

export function classMeasures(
  { scores, labels, blocks }: { scores: ArrayLike<number>; labels: ArrayLike<number>; blocks: ArrayLike<number> },
  level = LEVEL,
  costs: ClassCosts | null = null,
): ClassMeasures {
  const width = widthOf(scores, labels);
  const answers = Array.from({ length: labels.length }, (_, row) => answerOf(scores, width, row, costs));
  const each = Array.from({ length: width }, (_, place): OneClass => {
    const isOf = Float64Array.from(labels, (label) => Number(label === place));
    const called = Float64Array.from(answers, (answer) => Number(answer === place));
    const { precision, recall, f1 } = decidedAt(1, { scores: called, labels: isOf, blocks }, level).measures;
    const curves =
      width > MOST_DRAWN
        ? null
        : curvesOf(
            Float64Array.from(labels, (_, row) => scores[row * width + place]!),
            isOf,
          );
    return {
      measures: { ...(precision && { precision }), ...(recall && { recall }), ...(f1 && { f1 }) },
      ...(curves && { curves }),
    };
  });
  const { probabilities, right } = likeliestIn(scores, labels);
  const cost =
    costs &&
    meanCost(
      Float64Array.from(labels, (label, row) => costs[label]![answers[row]!]!),
      blocks,
      level,
    );
  return { each, calibration: calibrationCurve(probabilities, right), ...(cost && { cost }) };
}

/** Null where all rows are in one block, which says nothing about another. */
function meanCost(costs: Float64Array, blocks: ArrayLike<number>, level: number): ClassMeasures['cost'] | null {
  const { blockOf, sizes } = numberBlocks(blocks);
  if (sizes.length < 2) return null;
  const value = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  const owed = new Float64Array(sizes.length);
  for (const [row, each] of influenceOf(costs).entries()) owed[blockOf[row]!]! += each;
  const reach = reachOf(spreadOf(owed, sizes, costs.length), level);
  return { value, low: Math.max(0, value - reach), high: value + reach, level };
}

/** How far the probability of the likeliest class lies from the share where it is the right one, as calibrationError has it. */
export function answerCalibrationError(scores: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  const { probabilities, right } = likeliestIn(scores, labels);
  return calibrationError(probabilities, right);
}

function likeliestIn(scores: ArrayLike<number>, labels: ArrayLike<number>) {
  const width = widthOf(scores, labels);
  const [probabilities, right] = [new Float64Array(labels.length), new Float64Array(labels.length)];
  for (let row = 0; row < labels.length; row++) {
    const place = likeliestOf(scores, width, row);
    probabilities[row] = scores[row * width + place]!;
    right[row] = Number(place === labels[row]);
  }
  return { probabilities, right };
}
