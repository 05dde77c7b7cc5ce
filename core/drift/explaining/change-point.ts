import { total } from '../../data/profiles/profile.ts';
import { DAY, HOUR, instant, type Instant } from '../../time/time.ts';
import type { HourGroups } from './hourly.ts';

/** When a column changed, and between which hours the change lies in 95 of 100 cases. */
export interface Since {
  /** The first hour that is as the window; null: it changed before the oldest hour that was looked at. */
  at: Instant | null;
  from: Instant | null;
  to: Instant;
}

/** Andrews, "Tests for parameter instability", 1993: what the best of many cuts reaches by chance, with some to spare. */
const BY_CHANCE = 12;
/** Eo and Morley, "Likelihood-ratio-based confidence sets for the timing of structural breaks", 2015, eq. 7: -2 log(1 - sqrt(0.95)). */
const CUT_OFF = -2 * Math.log(1 - Math.sqrt(0.95));
const FEWEST_HOURS = 6;

/** The rows of a column by group of bins: of each hour, of the reference, and of the window. */
export interface GroupedRows {
  hours: readonly HourGroups[];
  reference: readonly number[];
  current: readonly number[];
}

/**
 * The hour since which a column's rows are spread as in the window and no longer as in the reference. Each hour becomes a
 * number, by which of the two its rows look like; the best cut of these numbers is the estimate. Hours of the day have
 * levels of their own where there are two days. Null when no cut stands out.
 */
export const findSince = (column: GroupedRows): Since | null => cutOf(likenessByHour([column], likenessOf));

/**
 * The same of columns of numbers that each moved a little at one time: what their hours look like adds up. A row looks
 * like the window by its rank alone, since of few rows that differ by little a likeness by each group would be of chance, and
 * say that the change began with the window.
 */
export const findSinceTogether = (columns: readonly GroupedRows[]): Since | null =>
  cutOf(likenessByHour(columns, likenessOfRank));

/** What the rows of hours look like, and those of the reference and of the window. */
interface Likeness {
  hours: readonly number[];
  weights: readonly number[];
  values: readonly number[];
  before: number;
  after: number;
}

function cutOf({ hours, weights, values, before, after }: Likeness): Since | null {
  if (hours.length < FEWEST_HOURS) return null;
  const span = hours.at(-1)! - hours[0]!;
  const strata = hours.map((hour) => (span >= 2 * DAY ? (hour / HOUR) % 24 : 0));
  const gains = gainsOf(values, weights, strata);

  const best = gains.reduce((most, gain, cut) => (gain > gains[most]! ? cut : most), 0);
  const spread = total(centred(values, weights, strata).map((value, i) => weights[i]! * value * value));
  const noise = Math.max(0, spread - gains[best]!) / Math.max(1, hours.length - new Set(strata).size - 1);
  const oldest = instant(hours[0]!);
  if (gains[best]! <= BY_CHANCE * noise) {
    // No hour stands out: all are as they were, or all have changed already.
    const mean = dot(values, weights) / total(weights);
    return mean > (before + after) / 2 ? { at: null, from: null, to: oldest } : null;
  }
  const possible = gains.flatMap((gain, cut) => (cut > 0 && gains[best]! - gain <= CUT_OFF * noise ? [cut] : []));
  const at = (cut: number): Instant => instant(hours[cut]!);
  return { at: at(best), from: at(possible[0]!), to: at(possible.at(-1)!) };
}

/** Of the hours that all columns have. */
function likenessByHour(
  columns: readonly GroupedRows[],
  of: (reference: readonly number[], current: readonly number[]) => number[],
): Likeness {
  const byHour = columns.map(({ hours }) => new Map(hours.map(({ hour, groups }) => [hour, groups])));
  const times = (columns[0]?.hours ?? []).map(({ hour }) => hour);
  const hours = times.filter((hour) => byHour.every((its) => its.has(hour)));
  const weights = hours.map((hour) => total(byHour[0]!.get(hour)!));
  const values = hours.map(() => 0);
  let [before, after] = [0, 0];
  columns.forEach(({ reference, current }, c) => {
    const likeness = of(reference, current);
    const meanOf = (groups: readonly number[]): number => dot(groups, likeness) / total(groups);
    hours.forEach((hour, i) => (values[i]! += meanOf(byHour[c]!.get(hour)!)));
    before += meanOf(reference);
    after += meanOf(current);
  });
  return { hours, weights, values, before, after };
}

/** For each group how much likelier a row in it is in the window than in the reference, as a logarithm. */
function likenessOf(reference: readonly number[], current: readonly number[]): number[] {
  const [before, after] = [total(reference), total(current)];
  const half = reference.length / 2;
  return reference.map(
    (rows, group) => Math.log((current[group]! + 0.5) / (after + half)) - Math.log((rows + 0.5) / (before + half)),
  );
}

/** The same, if the window's ranks are the reference's, moved a little. Nulls, the last group, tell nothing. */
function likenessOfRank(reference: readonly number[], current: readonly number[]): number[] {
  const [before, after] = [reference.slice(0, -1), current.slice(0, -1)];
  const rows = Math.max(1, total(before));
  let below = 0;
  const ranks = before.map((count) => {
    const middle = (below + count / 2) / rows;
    below += count;
    return middle - 0.5;
  });
  const variance = before.reduce((sum, count, group) => sum + (count / rows) * ranks[group]! ** 2, 0);
  const moved = variance > 0 ? dot(after, ranks) / Math.max(1, total(after)) / variance : 0;
  return [...ranks.map((rank) => moved * rank), 0];
}

/** By how much the squared error shrinks when the level rises at each hour; 0 for the first, and where it falls. */
function gainsOf(values: readonly number[], weights: readonly number[], strata: readonly number[]): number[] {
  const around = centred(values, weights, strata);
  return values.map((_, cut) => {
    if (cut === 0) return 0;
    const step = centred(values.map((_, i) => (i < cut ? 0 : 1)), weights, strata); // prettier-ignore
    const along = total(step.map((s, i) => weights[i]! * s * around[i]!));
    const square = total(step.map((s, i) => weights[i]! * s * s));
    return along <= 0 || square <= 1e-9 * total(weights) ? 0 : (along * along) / square;
  });
}

/** Less the weighted mean of its stratum. */
function centred(values: readonly number[], weights: readonly number[], strata: readonly number[]): number[] {
  const [rows, sums] = [new Float64Array(24), new Float64Array(24)];
  values.forEach((value, i) => {
    rows[strata[i]!]! += weights[i]!;
    sums[strata[i]!]! += weights[i]! * value;
  });
  return values.map((value, i) => value - sums[strata[i]!]! / rows[strata[i]!]!);
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
