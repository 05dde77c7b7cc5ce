import { decayInWords } from '../../performance/decay-words.ts';
import { INFORMS, type Checked, type FindingKindOf, type Said } from './finding.ts';

const MOST_NAMED = 5;

/** Declared slices of the rows where the model does worse than it did on its holdout, or than its floor. */
export const slices = {
  title: 'Slices',
  find({ concept }: Checked): Said | null {
    const fallen = concept?.slices ?? [];
    if (fallen.length === 0) return null;
    const more = fallen.length > MOST_NAMED ? ` And ${fallen.length - MOST_NAMED} more.` : '';
    const says = fallen.slice(0, MOST_NAMED).map((slice) => `${slice.name}: ${decayInWords(slice)}.`);
    return { says: says.join(' ') + more, follows: INFORMS };
  },
} satisfies FindingKindOf;
