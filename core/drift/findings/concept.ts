import { fallOf } from '../../performance/decay-words.ts';
import type { FindingKindOf } from './finding.ts';
import { leadsToInWords } from './leads-to.ts';
import { hasBroken, isFallOfBroken } from './quality.ts';

export const concept: FindingKindOf = {
  title: 'Performance',
  find(verdict) {
    const { concept } = verdict;
    const fall = concept && fallOf(concept);
    if (!fall) return null;
    const says = `${fall.what[0]!.toUpperCase()}${fall.what.slice(1)}: ${fall.words}.`;
    if (!concept.decayed) return { says, follows: 'It alerts. To have a model trained for it, declare gates.floor.' };
    if (!isFallOfBroken(verdict)) return { says, follows: leadsToInWords(verdict.leadsTo?.decay) };
    const meanwhile = hasBroken(verdict)
      ? 'while columns are not filled as declared'
      : 'while the alarm holds hours in which columns were not filled';
    return { says, follows: `It alerts. No model is asked for ${meanwhile}.` };
  },
};
