import { INFORMS, percent, type FindingKindOf } from './finding.ts';

export const labels: FindingKindOf = {
  title: 'Labels',
  find({ concept }) {
    const { positives } = concept ?? {};
    if (!positives || (positives.low <= 0 && positives.high >= 0)) return null;
    return {
      says: `The share of positives was ${percent(positives.holdout)} on the holdout and is ${percent(positives.live)} now.`,
      follows: INFORMS,
    };
  },
};
