import type { FairRows, Rate } from './measure.ts';

const isCalled = ({ scores, threshold, called }: FairRows, row: number): number =>
  called ? called[row]! : threshold !== null && scores[row]! >= threshold ? 1 : 0;

export const selected: Rate = {
  title: 'share called positive',
  short: 'Called positive',
  rows: 'rows',
  isShare: true,
  ofClass: (name) => ({ title: `share called ${name}`, short: `Called ${name}` }),
  of: isCalled,
};
export const truePositives: Rate = {
  title: 'share of the positives that is found',
  short: 'Of positives',
  rows: 'positives',
  isShare: true,
  ofClass: (name) => ({ title: `share of ${name} that is found`, short: `Of ${name}` }),
  of: (rows, row) => (rows.labels[row] === 1 ? isCalled(rows, row) : null),
};
export const falsePositives: Rate = {
  title: 'share of the negatives that is called positive',
  short: 'Of negatives',
  rows: 'negatives',
  isShare: true,
  ofClass: (name) => ({ title: `share of the others that is called ${name}`, short: `Of others, ${name}` }),
  of: (rows, row) => (rows.labels[row] === 0 ? isCalled(rows, row) : null),
};
export const scoreBeyondLabel: Rate = {
  title: 'mean score less the share of positives',
  short: 'Score less share',
  rows: 'rows',
  isShare: false,
  ofClass: (name) => ({
    title: `mean probability of ${name} less its share`,
    short: `Probability less share, ${name}`,
  }),
  of: ({ scores, labels }, row) => scores[row]! - labels[row]!,
};
export const signedError: Rate = {
  title: 'mean estimate less the mean of the labels',
  short: 'Mean error',
  rows: 'rows',
  isShare: false,
  of: ({ scores, labels }, row) => scores[row]! - labels[row]!,
};
export const absoluteErrors: Rate = {
  title: 'mean absolute error',
  short: 'MAE',
  rows: 'rows',
  isShare: false,
  of: ({ scores, labels }, row) => Math.abs(scores[row]! - labels[row]!),
};
