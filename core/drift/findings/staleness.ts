import { shortTime } from '../../time/time.ts';
import type { Verdict } from '../verdict.ts';
import type { Checked, FindingKindOf, Said } from './finding.ts';

/** staleInWords(stale) // => 'the newest published data is from 2026-03-07T02:00Z; newer data was due at 2026-03-08T02:00Z' */
export const staleInWords = ({ asOf, due }: NonNullable<Verdict['stale']>): string =>
  `the newest published data is from ${shortTime(asOf)}; newer data was due at ${shortTime(due)}`;

export const staleness = {
  title: 'Staleness',
  find({ stale }: Checked): Said | null {
    if (!stale) return null;
    const words = staleInWords(stale);
    return {
      says: `${words[0]!.toUpperCase()}${words.slice(1)}.`,
      follows:
        'It alerts. A model would learn from old rows, so none is trained for it: see why the data loop is late.',
    };
  },
} satisfies FindingKindOf;
