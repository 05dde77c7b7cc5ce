import { ratioOf } from './decided.ts';

/** The share of the positives that is found. https://en.wikipedia.org/wiki/Precision_and_recall */
export const recall = ratioOf('recall', { truePositives: 1 }, { truePositives: 1, falseNegatives: 1 });
