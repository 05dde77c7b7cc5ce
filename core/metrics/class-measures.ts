import { calibrationCurve, calibrationError } from './calibration-error.ts';
import { likeliestOf } from './confusion.ts';
import { curvesOf, type Curves } from './curves.ts';
import { decidedAt, type Decided } from './decided/index.ts';
import { LEVEL } from './difference.ts';
import { widthOf } from './scored.ts';

/** How well classes are told, each held against all others. */
export interface ClassMeasures {
  each: OneClass[];
  /** The mean probability of the answer in ten groups of rows, and the share of answers that are right. */
  calibration: [number, number][];
}

export interface OneClass {
  /** Where the likeliest class is the answer; one that is undefined is missing. */
  measures: Pick<Decided['measures'], 'precision' | 'recall' | 'f1'>;
  /** By the probability of the class; absent: it has no rows, or all of them, or there are too many classes to draw. */
  curves?: Curves;
}

/** Of more nobody looks at the curves. */
const MOST_DRAWN = 10;

export function classMeasures(
  { scores, labels, blocks }: { scores: ArrayLike<number>; labels: ArrayLike<number>; blocks: ArrayLike<number> },
  level = LEVEL,
): ClassMeasures {
  const width = widthOf(scores, labels);
  const answers = Array.from({ length: labels.length }, (_, row) => likeliestOf(scores, width, row));
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
  const { probabilities, right } = answersOf(scores, labels);
  return { each, calibration: calibrationCurve(probabilities, right) };
}

/** How far the probability of the answer lies from the share of answers that are right, as calibrationError has it. */
export function answerCalibrationError(scores: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  const { probabilities, right } = answersOf(scores, labels);
  return calibrationError(probabilities, right);
}

function answersOf(scores: ArrayLike<number>, labels: ArrayLike<number>) {
  const width = widthOf(scores, labels);
  const [probabilities, right] = [new Float64Array(labels.length), new Float64Array(labels.length)];
  for (let row = 0; row < labels.length; row++) {
    const answer = likeliestOf(scores, width, row);
    probabilities[row] = scores[row * width + answer]!;
    right[row] = Number(answer === labels[row]);
  }
  return { probabilities, right };
}
