import { widened } from '../../metrics/confusion.ts';

/** What the probabilities of rows promise of their classes, if they are right: it adds up. */
export interface Promised {
  /** A line for each class, how many of its rows are answered with each: a table of confusion, in sums of probabilities. */
  confusion: number[];
  /** The sum of the log losses. */
  loss: number;
}

/** Of more the table would be larger than the rest of a profile. */
const MOST_CLASSES = 30;
/** As a tally of labelled rows has it: a single row that is surely wrong must not decide alone. */
const LEAST_CHANCE = Math.exp(-8);

/** Adds a row that was answered with the class at this place. */
export function addPromise(to: Promised | undefined, chances: ArrayLike<number>, answer: number): Promised | undefined {
  const classes = chances.length;
  if (classes < 2 || classes > MOST_CLASSES) return to;
  const promised = to ?? { confusion: [], loss: 0 };
  if (promised.confusion.length < classes ** 2) promised.confusion = widened(promised.confusion, classes);
  const width = Math.sqrt(promised.confusion.length);
  for (let place = 0; place < classes; place++) {
    const chance = chances[place]!;
    promised.confusion[place * width + answer]! += chance;
    promised.loss -= chance * Math.log(Math.max(LEAST_CHANCE, chance));
  }
  return promised;
}

export function addPromises(a: Promised | undefined, b: Promised | undefined): Promised | undefined {
  if (!a || !b) return a ?? b;
  const width = Math.sqrt(Math.max(a.confusion.length, b.confusion.length));
  const [one, other] = [widened(a.confusion, width), widened(b.confusion, width)];
  return { confusion: one.map((rows, i) => rows + other[i]!), loss: a.loss + b.loss };
}
