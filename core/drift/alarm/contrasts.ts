import { own } from '../../base/own.ts';
import type { Row } from '../../data/data.ts';
import { binOfNumber, isCountable, type Binning, type ColumnBins } from '../../data/profiles/binning.ts';
import type { ColumnProfile, Profile } from '../../data/profiles/profile.ts';
import { total } from '../../data/profiles/profile.ts';
import { levelGroups, UNKNOWN } from '../group.ts';
import { ofMeanSquared } from './spread.ts';

/** What an alarm can say of a column. */
export const changes = ['location', 'spread', 'nulls', 'levels'] as const;
export type Change = (typeof changes)[number];

/** A bounded number per row, by its bin alone: its mean over an hour follows from the hour's counts. */
export interface Contrast {
  /** Stable over releases, since states are stored by it: where groups of levels change, so do their names. */
  id: string;
  column: string;
  of: Change;
  /** By bin, and for a null; null: such a row has none. */
  scores: readonly number[];
  ofNull: number | null;
  /** Of 0 and 1, so the mean is a share. */
  share: boolean;
  /** The share of levels that the binning does not know, though many rows of the reference have them. */
  ofUnknown?: true;
  /** Of the scores of one version, of which only what it served tells what is usual. */
  ofScore?: true;
  /** Of a spread: by how much of the square of an hour's mean rank it grows. */
  ofMean?: number;
}

/**
 * Whether steps of it are watched for. The shares of levels wander more at some hours than at others, and would take steps
 * then.
 */
export const canStep = ({ of }: Contrast): boolean => of === 'location';

/** Of rows that all have one score no change shows. */
export const isConstant = ({ scores }: Contrast): boolean => scores.every((score) => score === scores[0]);

/** What an hour's rows add up to in one contrast. */
export interface Sums {
  rows: number;
  sum: number;
  squares: number;
}

/** The contrasts of these columns, in the order of the reference's ranks, and of its frequent levels. */
export const contrastsOf = (binning: Binning, reference: Profile, columns: readonly string[]): Contrast[] =>
  columns.flatMap((column) => {
    const [bins, counted] = [own(binning.columns, column), own(reference.columns, column)];
    return bins && counted && total(counted.counts) + counted.nulls > 0 ? ofColumn(column, bins, counted) : [];
  });

function ofColumn(column: string, bins: ColumnBins, { counts }: ColumnProfile): Contrast[] {
  const nulls: Contrast = { id: `${column}/nulls`, column, of: 'nulls', scores: counts.map(() => 0), ofNull: 1, share: true }; // prettier-ignore
  if (total(counts) === 0) return [nulls];
  if (bins.kind === 'number') {
    const ranks = ranksOf(counts);
    const spread = ranks.map((rank) => Math.abs(2 * rank - 1));
    return [
      { id: `${column}/location`, column, of: 'location', scores: ranks, ofNull: null, share: false },
      {
        id: `${column}/spread`,
        column,
        of: 'spread',
        scores: spread,
        ofNull: null,
        share: false,
        ofMean: ofMeanSquared(ranks, counts),
      },
      nulls,
    ];
  }
  const { groupOf, names } = levelGroups(counts);
  // Of two groups one says all.
  const told = names.length === 2 ? [names.includes(UNKNOWN) ? 1 : 0] : names.keys();
  return [
    ...Array.from(told, (group): Contrast => {
      const scores = groupOf.map((of) => (of === group ? 1 : 0));
      const id = `${column}/levels/${names[group]!}`;
      const ofUnknown = names[group] === UNKNOWN && { ofUnknown: true as const };
      return { id, column, of: 'levels', scores, ofNull: null, share: true, ...ofUnknown };
    }),
    nulls,
  ];
}

/** Where the contrasts of each column are that count, of columns that have some. */
export function placesByColumn(
  contrasts: readonly Contrast[],
  counts: (contrast: Contrast) => boolean = () => true,
): number[][] {
  const columns = new Map<string, number[]>();
  contrasts.forEach((contrast, place) => {
    if (counts(contrast)) columns.set(contrast.column, [...(columns.get(contrast.column) ?? []), place]);
  });
  return [...columns.values()];
}

/** Where in the reference each bin's middle row is, from 0 to 1. */
function ranksOf(counts: readonly number[]): number[] {
  const rows = total(counts);
  let before = 0;
  return counts.map((count) => {
    const middle = (before + count / 2) / rows;
    before += count;
    return middle;
  });
}

/** Adds rows to the sums of their hour without a profile of each hour, which for many columns would fill the memory. */
export function createRowSums(binning: Binning, contrasts: readonly Contrast[]) {
  const byColumn = new Map<string, Contrast[]>();
  for (const contrast of contrasts) byColumn.set(contrast.column, [...(byColumn.get(contrast.column) ?? []), contrast]);
  const places = new Map(contrasts.map(({ id }, i) => [id, i]));
  const lookups = [...byColumn].map(([column, its]) => ({
    column,
    bins: binning.columns[column]!,
    levels: levelsOf(binning.columns[column]!),
    its: its.map((contrast) => ({ ...contrast, place: places.get(contrast.id)! })),
  }));
  return {
    empty: (): Sums[] => contrasts.map(() => ({ rows: 0, sum: 0, squares: 0 })),
    add(row: Row, into: Sums[]): void {
      for (const { column, bins, levels, its } of lookups) {
        const bin = binOf(bins, levels, row[column]);
        for (const { scores, ofNull, place } of its) {
          const score = bin === null ? ofNull : scores[bin]!;
          if (score === null) continue;
          const sums = into[place]!;
          sums.rows++;
          sums.sum += score;
          sums.squares += score * score;
        }
      }
    },
  };
}

export function addSums(into: Sums, { rows, sum, squares }: Sums): void {
  into.rows += rows;
  into.sum += sum;
  into.squares += squares;
}

const levelsOf = (bins: ColumnBins): Map<string, number> =>
  new Map(bins.kind === 'category' ? bins.levels.map((level, i) => [level, i]) : []);

/** As rows are counted into profiles; null: a null. */
function binOf(bins: ColumnBins, levels: Map<string, number>, value: Row[string] | undefined): number | null {
  if (bins.kind === 'number') return isCountable(value) ? binOfNumber(bins.edges, value) : null;
  if (value === null || value === undefined || typeof value === 'function') return null;
  return levels.get(String(value)) ?? levels.size;
}

export function sumsOf({ column, scores, ofNull }: Contrast, profile: Profile): Sums {
  const counted = own(profile.columns, column);
  if (!counted) return { rows: 0, sum: 0, squares: 0 };
  let [rows, sum, squares] = ofNull === null ? [0, 0, 0] : [counted.nulls, counted.nulls * ofNull, counted.nulls];
  for (let bin = 0; bin < scores.length; bin++) {
    const [count, score] = [counted.counts[bin]!, scores[bin]!];
    rows += count;
    sum += count * score;
    squares += count * score * score;
  }
  return { rows, sum, squares };
}
