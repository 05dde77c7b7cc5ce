import { likeliestOf } from './confusion.ts';
import type { MetricName } from './index.ts';

/** What answering a row of a class (a line) with another (a column) costs, in the order of the classes. */
export type ClassCosts = readonly (readonly number[])[];

/**
 * The place of the class that is the answer for a row's probabilities: the likeliest, or where costs are declared the one
 * that is expected to cost least; of equal ones the first.
 */
export function answerOf(scores: ArrayLike<number>, width: number, row = 0, costs: ClassCosts | null = null): number {
  if (costs === null) return likeliestOf(scores, width, row);
  let [answer, least] = [0, Infinity];
  for (let place = 0; place < costs.length; place++) {
    let expected = 0;
    for (let is = 0; is < costs.length; is++) expected += scores[row * width + is]! * costs[is]![place]!;
    if (expected < least) [answer, least] = [place, expected];
  }
  return answer;
}

/**
 * Probabilities from whose score alone `placeOfAnswer` finds the answer. Costs may have chosen between classes of equal
 * probability, and rounding may have made two alike: those before the answer get another one, by so small a part.
 */
export function toldApart<T extends ArrayLike<number>>(
  probabilities: T,
  answer: number,
  part = Number.EPSILON,
): T | number[] {
  const score = probabilities[answer]!;
  let told: number[] | null = null;
  for (let place = 0; place < answer; place++)
    if (probabilities[place] === score) (told ??= Array.from(probabilities))[place] = score * (1 - part) || part;
  return told ?? probabilities;
}

/** The place of the class that was the answer: the one whose probability the score is, where either may have been rounded. */
export function placeOfAnswer(score: number, probabilities: ArrayLike<number>): number {
  let nearest = 0;
  const farOf = (place: number): number => Math.abs(probabilities[place]! - score);
  for (let place = 1; place < probabilities.length; place++) if (farOf(place) < farOf(nearest)) nearest = place;
  return nearest;
}

/** How far a class is ahead of the others as the answer, in probability or in expected cost: below 0 another is the answer. */
export function aheadOf(probabilities: ArrayLike<number>, place: number, costs: ClassCosts | null): number {
  const worthOf = (answer: number): number =>
    costs ? -costs.reduce((sum, line, is) => sum + probabilities[is]! * line[answer]!, 0) : probabilities[answer]!;
  const others = Array.from(probabilities, (_, answer) => (answer === place ? -Infinity : worthOf(answer)));
  return worthOf(place) - Math.max(...others);
}

/** Measures of answers, which fall on purpose where costs and not chances choose them. */
export const ofAnswers: readonly string[] = ['accuracy', 'macroF1'] satisfies MetricName[];

/** What answers cost together, by a table of confusion of the same classes. */
export function costOf(confusion: readonly number[], costs: ClassCosts): number {
  return confusion.reduce((sum, rows, cell) => {
    const [is, answer] = [Math.floor(cell / costs.length), cell % costs.length];
    return sum + rows * costs[is]![answer]!;
  }, 0);
}
