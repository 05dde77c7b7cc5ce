/**
 * binary: 0 or 1, and a score is the probability of 1. number: any number, and a score estimates it. class: one of the
 * declared classes, stored as its place among them, and each has a probability.
 */
export const labelKinds = ['binary', 'number', 'class'] as const;
export type LabelKind = (typeof labelKinds)[number];

/** With two classes a label is binary. */
export const FEWEST_CLASSES = 3;
export const MOST_CLASSES = 50;
const MOST_NAMED = 10;

/** classesInWords(['low', 'mid', 'high']) // => 'low, mid, high' */
export const classesInWords = (classes: readonly string[]): string =>
  classes.length <= MOST_NAMED
    ? classes.join(', ')
    : `${classes.slice(0, MOST_NAMED).join(', ')} and ${classes.length - MOST_NAMED} more`;

/** The squares of larger labels, added up, may be no number any more. */
export const LARGEST_LABEL = 1e150;
