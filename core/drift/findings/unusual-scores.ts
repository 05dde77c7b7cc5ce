import { SCORE } from '../../data/profiles/binning.ts';
import { firstOf, howUnusual } from '../alarm/words.ts';
import type { FindingKindOf } from './finding.ts';
import { movedColumns, movesLeadTo } from './inputs.ts';

/** An alarm about the champion's scores. */
export const unusualScores: FindingKindOf = {
  title: 'Scores',
  find(verdict, drift) {
    const { alarm, abstained } = verdict;
    const moved = movedColumns(verdict);
    const [ofScore] = firstOf(alarm?.raised.filter(({ column }) => column === SCORE) ?? []);
    if (abstained !== null || !moved.includes(SCORE) || !ofScore) return null;
    const alone = moved.length === 1 ? ', and no column by itself shows why' : '';
    return { says: `The model's score ${howUnusual(ofScore)}${alone}.`, follows: movesLeadTo(verdict, drift) };
  },
};
