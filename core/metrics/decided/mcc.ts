import type { Counts, DecidedKind } from './decided.ts';

/**
 * Matthews correlation coefficient, of decisions with labels: 1 is perfect, 0 is chance. Null where all rows are decided
 * or labelled alike.
 * https://en.wikipedia.org/wiki/Phi_coefficient
 */
export const mcc: DecidedKind = {
  title: 'Matthews correlation',
  range: [-1, 1],
  of(counts) {
    const { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn } = counts;
    const below = margins(counts).reduce((product, margin) => product * margin, 1);
    return below === 0 ? null : (tp * tn - fp * fn) / Math.sqrt(below);
  },
  slope(counts) {
    const { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn } = counts;
    const [called, positive, negative, spared] = margins(counts);
    const below = Math.sqrt(called * positive * negative * spared);
    const half = mcc.of(counts)! / 2;
    return {
      truePositives: tn / below - half * (1 / called + 1 / positive),
      falsePositives: -fn / below - half * (1 / called + 1 / negative),
      falseNegatives: -fp / below - half * (1 / positive + 1 / spared),
      trueNegatives: tp / below - half * (1 / negative + 1 / spared),
    };
  },
};

const margins = ({ truePositives, falsePositives, falseNegatives, trueNegatives }: Counts) =>
  [
    truePositives + falsePositives,
    truePositives + falseNegatives,
    trueNegatives + falsePositives,
    trueNegatives + falseNegatives,
  ] as const;
