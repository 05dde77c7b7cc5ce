import { decayInWords } from '../../performance/decay-words.ts';
import { ALERTS_AND_ASKS, type FindingKindOf } from './finding.ts';

export const concept: FindingKindOf = {
  title: 'Performance',
  find: ({ concept }) =>
    concept?.decayed ? { says: `The performance fell: ${decayInWords(concept)}.`, follows: ALERTS_AND_ASKS } : null,
};
