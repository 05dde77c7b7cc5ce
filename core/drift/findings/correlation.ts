import { exceedsStableDays } from '../joint/joint.ts';
import { pairInWords } from '../joint/words.ts';
import { INFORMS, type Checked, type FindingKindOf, type Said } from './finding.ts';

export const correlation = {
  title: 'Correlation',
  find: ({ joint, abstained }: Checked): Said | null =>
    joint?.pair && abstained === null && exceedsStableDays.pair(joint) === true
      ? { says: `${pairInWords(joint.pair)}.`, follows: INFORMS }
      : null,
} satisfies FindingKindOf;
