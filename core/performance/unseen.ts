import { SCORE } from '../data/profiles/binning.ts';
import { own } from '../base/own.ts';
import { moments, total, type ColumnProfile, type Profile } from '../data/profiles/profile.ts';

/** With more of its scores, or of a column's values, where the holdout has none, nothing is known of what follows. */
const MOST_SCORES = 0.1;
const MOST_VALUES = 0.3;
/** Further from the mean of an outer bin than so many of its deviations the holdout has hardly a value. */
const MOST_DEVIATIONS = 3;
/** Of fewer rows, a bin's deviation tells little: the column's tells, which is larger. */
const FEWEST_ROWS = 5;
/** What differs by less of the column's deviation is no other value. */
const LEAST_OFF = 0.01;

/** Of the rows now, the shares that are missing, and that have values which the reference does not have. */
interface Unseen {
  missing: number;
  values: number;
  /** Set to the reference's rows where it is so small that the next rows like it would have as many new values. */
  tooFew?: number;
}

/** A share of unseen values up to so many times what is expected of rows like the reference is its smallness. */
const MOST_EXPECTED = 1.5;

/**
 * The share of rows like these that have a value which none of these has, by how many have one that no other has: Good, "The
 * population frequencies of species", 1953: https://doi.org/10.1093/biomet/40.3-4.237
 */
const expectedUnseen = ({ counts, nulls }: ColumnProfile): number =>
  counts.filter((count) => count === 1).length / (total(counts) + nulls);

export function unseenOf(reference: ColumnProfile, current: ColumnProfile): Unseen {
  const [before, all] = [reference, current].map(({ counts, nulls }) => total(counts) + nulls) as [number, number];
  if (all === 0) return { missing: 0, values: 0 };
  const isUnseen = (bin: number): boolean => reference.counts[bin] === 0 || isFurtherOut(reference, current, bin);
  const unseen = current.counts.reduce((sum, count, bin) => (count > 0 && isUnseen(bin) ? sum + count : sum), 0);
  const values = unseen / all + unknownGrew(reference, current, before, all);
  return {
    missing: reference.nulls === 0 ? current.nulls / all : 0,
    values,
    ...(values > 0 && values <= MOST_EXPECTED * expectedUnseen(reference) && { tooFew: before }),
  };
}

/** Outer bins have no end: numbers lie beyond those of the reference when their mean does. */
function isFurtherOut(reference: ColumnProfile, current: ColumnProfile, bin: number): boolean {
  if (!isOfNumbers(reference) || (bin > 0 && bin < reference.counts.length - 1)) return false;
  const [column, before, now] = [moments(reference)!, momentsOf(reference, bin), momentsOf(current, bin)];
  const variance = before.rows < FEWEST_ROWS ? column.variance : before.variance;
  const far = Math.max(MOST_DEVIATIONS * Math.sqrt(variance), LEAST_OFF * Math.sqrt(column.variance));
  return Math.abs(now.mean - before.mean) > far + ROUNDING * Math.abs(before.mean);
}
const ROUNDING = 1e-9; // of sums of many large numbers

const momentsOf = ({ counts, sums, squares }: ColumnProfile, bin: number) =>
  moments({ counts: [counts[bin]!], sums: [sums[bin]!], squares: [squares[bin]!], nulls: 0 })!;

/** Among levels without a bin those of the reference cannot be told from new ones: what they gained is new. */
function unknownGrew(reference: ColumnProfile, current: ColumnProfile, before: number, all: number): number {
  const [had, have] = [reference.counts.at(-1) ?? 0, current.counts.at(-1) ?? 0];
  return !isOfNumbers(reference) && had > 0 ? Math.max(0, have / all - had / before) : 0;
}

const isOfNumbers = ({ sums }: ColumnProfile): boolean => sums.length > 0;

/** Why performance is not estimated; null: it is. */
export function whyWithheld(
  reference: Profile,
  current: Profile,
  { columns, score }: { columns: readonly string[]; score: ColumnProfile },
): string | null {
  const known = own(reference.columns, SCORE);
  const scores = known && unseenOf(known, score);
  if (scores && shareOf(scores) > MOST_SCORES)
    return `${tooSmall(scores)}${percent(shareOf(scores))} of the scores lie where ${scores.tooFew ? 'it' : 'the holdout'} has none`;
  const unseen = columns.flatMap((column) => {
    const [before, now] = [own(reference.columns, column), own(current.columns, column)];
    return before && now ? [{ column, unseen: unseenOf(before, now) }] : [];
  });
  const worst = unseen.reduce<(typeof unseen)[number] | null>(
    (a, b) => (a && shareOf(a.unseen) >= shareOf(b.unseen) ? a : b),
    null,
  );
  return worst && shareOf(worst.unseen) > MOST_VALUES ? inWords(worst.column, worst.unseen) : null;
}

const shareOf = ({ missing, values }: Unseen): number => missing + values;

/** inWords('x', { missing: 1, values: 0 }) // => '100 % of x are missing, and none of the holdout is' */
function inWords(column: string, unseen: Unseen): string {
  const { missing, values, tooFew } = unseen;
  const [ofMissing, ofValues] = [
    'are missing, and none of the holdout is',
    `are values that ${tooFew ? 'it' : 'the holdout'} does not have`,
  ];
  if (values === 0) return `${percent(missing)} of ${column} ${ofMissing}`;
  if (missing === 0) return `${tooSmall(unseen)}${percent(values)} of ${column} ${ofValues}`;
  return `${tooSmall(unseen)}${percent(values)} of ${column} ${ofValues}, and ${percent(missing)} ${ofMissing}`;
}

const tooSmall = ({ tooFew }: Unseen): string =>
  tooFew ? `the holdout of ${tooFew} ${tooFew === 1 ? 'row' : 'rows'} is too small: ` : '';

const percent = (share: number): string => `${Math.round(100 * share)} %`;
