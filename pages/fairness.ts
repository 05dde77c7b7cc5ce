import { gapInWords } from '../core/fairness/verdict.ts';
import { type Fairness } from '../core/fairness/fairness.ts';

/** The gap that surely is one and the largest by its low end, or that there is none. */
export function widestInWords({ columns }: Fairness): string {
  const gaps = columns.flatMap(({ column, gaps }) => gaps.map((gap) => ({ column, gap })));
  if (gaps.length === 0) return 'Groups have too few rows to be compared.';
  const widest = gaps.reduce((a, b) => (b.gap.low > a.gap.low ? b : a));
  return widest.gap.low > 0
    ? `${gapInWords(widest.column, widest.gap)}.`
    : `No gap between groups by ${columns.map(({ column }) => column).join(', ')} is surely there.`;
}
