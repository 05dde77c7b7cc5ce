import { skewedColumns, type Skew } from '../skew.ts';
import { percent, type Checked, type FindingKindOf, type Said } from './finding.ts';

/** skewInWords(skew) // => ['amount is unequal in 31 % of 800 rows'] */
export const skewInWords = (skew: Skew): string[] =>
  skewedColumns(skew).map(({ column, share }) => `${column} is unequal in ${percent(share)} of ${skew.rows} rows`);

export const skew = {
  title: 'Skew',
  find({ skew: found }: Checked): Said | null {
    const words = found ? skewInWords(found) : [];
    if (words.length === 0) return null;
    return {
      says: `The same rows, as they were served and as the source has them: ${words.join('; ')}.`,
      follows:
        'It alerts. A model is not trained for it, since it would learn what requests do not have: make both compute these columns alike.',
    };
  },
} satisfies FindingKindOf;
