import { decayInWords } from '../../performance/decay-words.ts';
import { ALERTS_AND_ASKS, type FindingKindOf } from './finding.ts';
import { hasBroken } from './quality.ts';

export const concept: FindingKindOf = {
  title: 'Performance',
  find: (verdict) =>
    verdict.concept?.decayed
      ? {
          says: `The performance fell: ${decayInWords(verdict.concept)}.`,
          follows: hasBroken(verdict)
            ? 'It alerts. No model is asked for while columns are not filled as declared.'
            : ALERTS_AND_ASKS,
        }
      : null,
};
