import { INFORMS, percent, type Checked, type FindingKindOf, type Said } from './finding.ts';

export const labels = {
  title: 'Labels',
  find({ concept }: Checked): Said | null {
    const { positives } = concept ?? {};
    if (!positives || (positives.low <= 0 && positives.high >= 0)) return null;
    return {
      says: `The share of positives was ${percent(positives.holdout)} on the holdout and is ${percent(positives.live)} now.`,
      follows: INFORMS,
    };
  },
} satisfies FindingKindOf;
