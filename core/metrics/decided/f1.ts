import { ratioOf } from './decided.ts';

const below = { truePositives: 2, falsePositives: 1, falseNegatives: 1 };
/** The harmonic mean of precision and recall. https://en.wikipedia.org/wiki/F-score */
export const f1 = ratioOf('F1', { truePositives: 2 }, below);
