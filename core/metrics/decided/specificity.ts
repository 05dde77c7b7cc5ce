import { ratioOf } from './decided.ts';

/** The share of the negatives that is not called positive. https://en.wikipedia.org/wiki/Sensitivity_and_specificity */
export const specificity = ratioOf('specificity', { trueNegatives: 1 }, { trueNegatives: 1, falsePositives: 1 });
