import { ratioOf } from './decided.ts';

/** The share of the rows called positive that are. https://en.wikipedia.org/wiki/Precision_and_recall */
export const precision = ratioOf('precision', { truePositives: 1 }, { truePositives: 1, falsePositives: 1 });
