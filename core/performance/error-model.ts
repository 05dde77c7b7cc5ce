import { binOfNumber, isCountable, SCORE, type Binning, type ColumnBins } from '../data/profiles/binning.ts';
import { groupLevels } from '../drift/group.ts';
import { own } from '../base/own.ts';
import { total, type ColumnProfile, type Profile } from '../data/profiles/profile.ts';
import type { Row, Value } from '../data/data.ts';
import { fitSmoothly } from './estimating/smooth.ts';

/**
 * How far labels lie from estimates, as a sum of what each column's group of values adds: so the mean error of any rows
 * follows from their counts, and no row has to be read again. Fitted on the holdout, in one binning.
 */
export interface ErrorModel {
  binning: string;
  rows: number;
  columns: ErrorColumn[];
  /** The mean distance. */
  mean: number;
  /** The variance of distances that the groups leave unexplained. */
  rest: number;
  /** The mean squared error, as a multiple of the mean square of what the sum says. */
  squaredTimes: number;
  /** The variance of what the sum says, as a multiple of what columns that know nothing of each other would give. */
  together: number;
}

export interface ErrorColumn {
  column: string;
  /** The group of each bin; nulls are in the last one. */
  groupOf: number[];
  groups: ErrorGroup[];
}

interface ErrorGroup {
  /** The share of the holdout's rows. */
  share: number;
  /** What rows of this group add to the mean distance. */
  adds: number;
  /**
   * Of the lowest and the highest numbers: their mean, what a number further out by one adds, and how far out that is known;
   * models of earlier releases do not say how far.
   */
  beyond?: { mean: number; slope: number; most?: number };
}

/** Each group is drawn to no effect, as by so many rows of the mean: more would hide what inputs that moved add up to. */
const PRIOR = 3;
/** Of the holdout, in each group of a column's numbers. */
const ROWS_OF_GROUP = 50;
const FEWEST_GROUPS = 4;
/** More would take long to solve, and the later ones add little. */
const MOST_COLUMNS = 40;
/** Of all columns together: few columns keep their bins, so that the tails are told apart. */
const MOST_GROUPS = 640;
const MOST_OF_ONE = 64;
const FEWEST_ROWS = 50;
/** So many outer groups tell where their line leads. */
const OUTER = 6;

/** Collects rows of the holdout; the reference's counts make the groups. */
export function createErrorModel(binning: Binning, reference: Profile) {
  const names = Object.keys(binning.columns).filter((name) => own(reference.columns, name) !== undefined);
  const taken = [SCORE, ...names.filter((name) => name !== SCORE)].slice(0, MOST_COLUMNS);
  const told = Math.max(FEWEST_GROUPS, Math.floor(reference.rows / ROWS_OF_GROUP));
  const mostOfAny = Math.floor(MOST_GROUPS / taken.length) - 1; // nulls have one, too
  const most = Math.min(MOST_OF_ONE, told, mostOfAny);
  const columns = taken.map((column) => {
    const bins = binning.columns[column]!;
    const { counts } = reference.columns[column]!;
    const found = bins.kind === 'number' ? neighbours(counts, most) : fewLevels(counts, mostOfAny);
    const used = [...new Set(found)].sort((a, b) => a - b);
    const groupOf = found.map((group) => used.indexOf(group));
    return { column, bins, binOf: binner(bins), groupOf, missing: used.length };
  });
  const firsts: number[] = [];
  let width = 0;
  for (const { missing } of columns) {
    firsts.push(width);
    width += missing + 1;
  }
  const products = new Float64Array(width * width);
  const distances = new Float64Array(width);
  const places = new Int32Array(columns.length);
  let [rows, sum, squares] = [0, 0, 0];

  return {
    add(row: Row, score: number, label: number): void {
      const distance = Math.abs(label - score);
      rows++;
      sum += distance;
      squares += distance ** 2;
      for (const [place, { column, binOf, groupOf, missing }] of columns.entries()) {
        const bin = binOf(column === SCORE ? score : own(row, column));
        places[place] = firsts[place]! + (bin === null ? missing : groupOf[bin]!);
      }
      for (const one of places) {
        distances[one]! += distance;
        for (const other of places) products[one * width + other]!++;
      }
    },

    /** null: too few rows to tell. */
    fit(): ErrorModel | null {
      if (rows < FEWEST_ROWS) return null;
      const mean = sum / rows;
      const beside = distances.map((each, place) => each - mean * products[place * width + place]!);
      const numbers = columns.flatMap(({ column, bins, groupOf, missing }, place) =>
        bins.kind === 'category'
          ? []
          : [{ first: firsts[place]!, means: meansOf(groupOf, missing, reference.columns[column]!) }],
      );
      const off = { products, sums: beside, rows, squares: squares - rows * mean ** 2 };
      const adds = fitSmoothly(off, PRIOR, numbers);
      // What the sum says of the rows, less the mean: its own mean and mean square.
      let [explained, offs, ofSquares, apart] = [0, 0, 0, 0];
      for (let one = 0; one < width; one++) {
        explained += adds[one]! * beside[one]!;
        offs += (adds[one]! * products[one * width + one]!) / rows / columns.length;
        for (let other = 0; other < width; other++)
          ofSquares += (adds[one]! * adds[other]! * products[one * width + other]!) / rows;
      }
      const shown = columns.map(({ column, bins, groupOf, missing }, place): ErrorColumn => {
        const groups = Array.from({ length: missing + 1 }, (_, group): ErrorGroup => {
          const at = firsts[place]! + group;
          return { share: products[at * width + at]! / rows, adds: adds[at]! };
        });
        apart += varianceOf(groups);
        if (bins.kind === 'number') addEnds(groups, groupOf, reference.columns[column]!);
        return { column, groupOf, groups };
      });
      const variance = Math.max(0, ofSquares - (offs * columns.length) ** 2);
      return {
        binning: binning.id,
        rows,
        columns: shown,
        mean,
        rest: Math.max(0, squares - rows * mean ** 2 - explained) / Math.max(1, rows - 1),
        squaredTimes: squares / rows / (mean ** 2 + variance || 1),
        together: apart > 0 ? variance / apart : 1,
      };
    },
  };
}

const varianceOf = (groups: readonly Pick<ErrorGroup, 'share' | 'adds'>[]): number =>
  groups.reduce((sum, { share, adds }) => sum + share * adds ** 2, 0) -
  groups.reduce((sum, { share, adds }) => sum + share * adds, 0) ** 2;

/** Of the values in each group. */
const meansOf = (groupOf: readonly number[], groups: number, { counts, sums }: ColumnProfile): number[] =>
  Array.from({ length: groups }, (_, group) => {
    const bins = groupOf.flatMap((of, bin) => (of === group ? [bin] : []));
    return total(bins.map((bin) => sums[bin]!)) / total(bins.map((bin) => counts[bin]!));
  });

/** Where the lines through the outer groups lead: what lies further out than the holdout's rows errs more, or less. */
function addEnds(groups: ErrorGroup[], groupOf: readonly number[], reference: ColumnProfile): void {
  const numbers = groups.slice(0, -1);
  const means = meansOf(groupOf, numbers.length, reference);
  const outer = Math.min(OUTER, Math.floor(numbers.length / 3));
  if (outer < 2) return;
  for (const [end, from] of [
    [0, 0],
    [numbers.length - 1, numbers.length - outer],
  ] as const) {
    const at = Array.from({ length: outer }, (_, i) => from + i).filter((group) => Number.isFinite(means[group]));
    if (at.length < 2 || !Number.isFinite(means[end])) continue;
    const [x, y] = [total(at.map((group) => means[group]!)) / at.length, total(at.map((group) => groups[group]!.adds)) / at.length]; // prettier-ignore
    const across = total(at.map((group) => (means[group]! - x) ** 2));
    if (across === 0) continue;
    const slope = total(at.map((group) => (means[group]! - x) * (groups[group]!.adds - y))) / across;
    const all = at.map((group) => means[group]!);
    groups[end]!.beyond = { mean: means[end]!, slope, most: Math.max(...all) - Math.min(...all) };
  }
}

/** Neighbouring bins together, until so many groups are left, each of about as many rows. */
function neighbours(counts: readonly number[], most: number): number[] {
  const rows = Math.max(1, total(counts));
  let before = 0;
  return counts.map((count) => {
    const middle = (before + count / 2) / rows;
    before += count;
    return Math.min(most - 1, Math.floor(most * middle));
  });
}

/** The rarest levels together, until so many groups are left. */
const fewLevels = (counts: readonly number[], most: number): number[] =>
  groupLevels(counts).map((group) => Math.min(most - 1, group));

function binner(bins: ColumnBins): (value: Value | undefined) => number | null {
  if (bins.kind === 'number') return (value) => (isCountable(value) ? binOfNumber(bins.edges, value) : null);
  const places = new Map(bins.levels.map((level, place) => [level, place]));
  return (value) => (value === null || value === undefined ? null : (places.get(String(value)) ?? bins.levels.length));
}

/** A line is followed no further than it is long: a number that is a thousand times as large tells nothing of errors. */
const atMost = (off: number, most = Infinity): number => Math.max(-most, Math.min(most, off));

/** The mean distance and square of rows that are counted in the same binning, and the variance of the first's guess. */
export function errorsOfRows(
  { columns, mean, rest, rows, squaredTimes, together }: ErrorModel,
  current: Profile,
  score: ColumnProfile,
): { mae: number; mse: number; unsure: number } {
  let [distance, unsure, apart] = [mean, 0, 0];
  for (const { column, groupOf, groups } of columns) {
    const counted = column === SCORE ? score : own(current.columns, column);
    if (!counted) continue;
    const [inGroup, sums] = [groups.map(() => 0), groups.map(() => 0)];
    for (const [bin, count] of counted.counts.entries()) {
      inGroup[groupOf[bin]!]! += count;
      sums[groupOf[bin]!]! += counted.sums[bin] ?? 0;
    }
    inGroup[groups.length - 1]! += counted.nulls;
    const all = total(inGroup);
    if (all === 0) continue;
    const now = groups.map(({ share, adds, beyond }, group) => {
      const count = inGroup[group]!;
      const further = beyond && count > 0 ? beyond.slope * atMost(sums[group]! / count - beyond.mean, beyond.most) : 0;
      const moved = count / all - share;
      distance += (count / all) * (adds + further) - share * adds;
      // Larger errors vary more. What lies beyond the holdout's values is a guess, half of which may be wrong.
      const times = mean > 0 ? Math.max(1, 1 + adds / mean) : 1;
      unsure += (moved ** 2 * times ** 2 * rest) / (share * rows + PRIOR) + ((count / all) * (further / 2)) ** 2;
      return { share: count / all, adds: adds + further };
    });
    apart += varianceOf(now);
  }
  const mae = Math.max(0, distance);
  return { mae, mse: squaredTimes * (mae ** 2 + together * Math.max(0, apart)), unsure };
}
