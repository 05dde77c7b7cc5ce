import { total } from '../../data/profiles/profile.ts';
import { DAY } from '../../time/time.ts';
import { chiSquaredOf } from '../distances/chi-squared.ts';
import type { Pair } from '../distances/distance.ts';
import { chiSquaredQuantile } from '../gamma.ts';
import { addGroups, type HourGroups } from './hourly.ts';

/** With fewer expected rows in a group the chi-squared test finds too much (Cochran, 1954). */
const FEWEST_EXPECTED = 1;
/** Of so few independent rows on a side nothing is for sure: the reference's own ends decide the groups. */
const FEWEST_ROWS = 30;
/** Fewer pairs of days do not tell how days differ. */
const FEWEST_PAIRS = 3;

/**
 * How many counted rows weigh as much as one that is independent of all others: rows of one card, or of one bad hour,
 * are alike. By how much more than by chance the same hours of successive days differ (Rao and Scott, "On chi-squared
 * tests for multiway contingency tables", 1984: https://doi.org/10.1214/aos/1176346391), or successive hours where
 * there are too few days. The median: the day on which the world changed is no measure of the usual.
 */
export function designEffect(hours: readonly HourGroups[]): number {
  const last = hours.at(-1)?.hour ?? 0;
  const days: (readonly number[])[][] = [];
  for (const { hour, groups } of hours) (days[Math.floor((last - hour) / DAY)] ??= []).push(groups);
  const byDay = ratios(days.map((day) => addGroups(day ?? [])));
  const found = byDay.length >= FEWEST_PAIRS ? byDay : ratios(hours.map(({ groups }) => groups));
  return found.length === 0 ? 1 : Math.max(1, median(found));
}

/** For each stretch and the next one: their chi-squared as a multiple of its median by chance. */
const ratios = (stretches: readonly (readonly number[])[]): number[] =>
  stretches.slice(1).flatMap((groups, i) => {
    const before = stretches[i]!;
    const { statistic, degrees } = chiSquaredOf(
      withoutRare(groups.map((current, group) => ({ reference: before[group] ?? 0, current }))),
    );
    return degrees === 0 ? [] : [statistic / chiSquaredQuantile(0.5, degrees)];
  });

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** The probability that sampling alone gives such counts, of so many rows for each independent one. */
export function pOfEffective(groups: readonly Pair[], effect: number): number {
  const scaled = groups.map(({ reference, current }) => ({ reference: reference / effect, current: current / effect }));
  const rows = Math.min(total(scaled.map((pair) => pair.reference)), total(scaled.map((pair) => pair.current)));
  return rows < FEWEST_ROWS ? 1 : chiSquaredOf(withoutRare(scaled)).p;
}

/** Joins the groups of which too few rows are expected on a side, the rarest first. */
export function withoutRare(groups: readonly Pair[]): Pair[] {
  const [references, currents] = [total(groups.map((g) => g.reference)), total(groups.map((g) => g.current))];
  const least = Math.min(references, currents) / (references + currents);
  const isRare = ({ reference, current }: Pair): boolean => (reference + current) * least < FEWEST_EXPECTED;
  const rarestLast = groups.toSorted((a, b) => b.reference + b.current - a.reference - a.current);
  while (rarestLast.length > 1 && isRare(rarestLast.at(-1)!)) {
    const rarest = rarestLast.pop()!;
    const next = rarestLast.pop()!;
    rarestLast.push({ reference: next.reference + rarest.reference, current: next.current + rarest.current });
  }
  return rarestLast;
}
