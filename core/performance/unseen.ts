import { SCORE } from '../data/profiles/binning.ts';
import { own } from '../base/own.ts';
import { total, type ColumnProfile, type Profile } from '../data/profiles/profile.ts';

/** With more of its scores, or of a column's values, where the holdout has none, nothing is known of what follows. */
const MOST_SCORES = 0.1;
const MOST_VALUES = 0.3;

/**
 * The share of the rows now in bins in which the reference has no row at all, and by how much that of levels without a bin
 * grew.
 */
export function unseenShare(reference: ColumnProfile, current: ColumnProfile): number {
  const [before, all] = [reference, current].map(({ counts, nulls }) => total(counts) + nulls) as [number, number];
  if (all === 0) return 0;
  const unseen = current.counts.reduce((sum, count, bin) => (reference.counts[bin] === 0 ? sum + count : sum), 0);
  return (unseen + (reference.nulls === 0 ? current.nulls : 0)) / all + unknownGrew(reference, current, before, all);
}

/** Among levels without a bin those of the reference cannot be told from new ones. */
function unknownGrew(reference: ColumnProfile, current: ColumnProfile, before: number, all: number): number {
  const isCategory = reference.sums.length === 0;
  const [had, have] = [reference.counts.at(-1) ?? 0, current.counts.at(-1) ?? 0];
  return isCategory && had > 0 ? Math.max(0, have / all - had / before) : 0;
}

/** Why performance is not estimated; null: it is. */
export function whyWithheld(
  reference: Profile,
  current: Profile,
  { columns, score }: { columns: readonly string[]; score: ColumnProfile },
): string | null {
  const known = own(reference.columns, SCORE);
  const ofScores = known ? unseenShare(known, score) : 0;
  if (ofScores > MOST_SCORES) return `${percent(ofScores)} of the scores lie where the holdout has none`;
  const unseen = columns.flatMap((column) => {
    const [before, now] = [own(reference.columns, column), own(current.columns, column)];
    return before && now ? [{ column, share: unseenShare(before, now) }] : [];
  });
  const worst = unseen.reduce<(typeof unseen)[number] | null>((a, b) => (a && a.share >= b.share ? a : b), null);
  return worst && worst.share > MOST_VALUES
    ? `${percent(worst.share)} of ${worst.column} are values that the holdout does not have`
    : null;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
