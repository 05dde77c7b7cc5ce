import { byKind, type DecidedKind } from './decided.ts';
import { recall } from './recall.ts';
import { specificity } from './specificity.ts';

/** The mean of recall and specificity: 0.5 is chance, however rare positives are. */
export const balancedAccuracy: DecidedKind = {
  title: 'balanced accuracy',
  range: [0, 1],
  of(counts) {
    const [found, spared] = [recall.of(counts), specificity.of(counts)];
    return found === null || spared === null ? null : (found + spared) / 2;
  },
  slope(counts) {
    const [found, spared] = [recall.slope(counts), specificity.slope(counts)];
    return byKind((kind) => (found[kind] + spared[kind]) / 2);
  },
};
