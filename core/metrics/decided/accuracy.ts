import { ratioOf } from './decided.ts';

const all = { truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 1 };
/** The share of rows that are decided rightly. https://en.wikipedia.org/wiki/Accuracy_and_precision */
export const accuracy = ratioOf('accuracy', { truePositives: 1, trueNegatives: 1 }, all);
