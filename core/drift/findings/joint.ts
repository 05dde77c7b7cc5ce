import { SCORE } from '../../data/profiles/binning.ts';
import { differs, exceedsStableDays } from '../joint/joint.ts';
import { columnsBehind, driftedColumns } from '../verdict.ts';
import { INFORMS, type Checked, type FindingKindOf, type Said } from './finding.ts';

/** What all columns together show, and perhaps none alone. */
export const joint = {
  title: 'Rows as a whole',
  find(verdict: Checked): Said | null {
    const { joint, abstained } = verdict;
    if (!joint || abstained !== null || !differs(joint) || exceedsStableDays.rows(joint) !== true) return null;
    const { auc, low, high } = joint;
    const behind = columnsBehind(verdict).filter((column) => column !== SCORE);
    const alone = behind.length === 0 && driftedColumns(verdict).length === 0;
    return {
      says:
        `Rows differ from those of the reference by all columns together${alone ? ', which no single column shows' : ''}: ` +
        `trees tell them apart with AUC ${auc.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}; 0.5 is by chance${joint.stable ? `, and no stable day before came to it` : ''}).`,
      follows: INFORMS,
    };
  },
} satisfies FindingKindOf;
