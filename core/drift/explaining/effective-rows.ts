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
/** Pairs that differ by so many times more than the calmest quarter of them are told from a change between them. */
const BEYOND_CALM = 5;

/**
 * How many counted rows weigh as much as one that is independent of all others: rows of one card, or of one bad hour,
 * are alike. By how much more than by chance the same hours of successive days differ (Rao and Scott, "On chi-squared
 * tests for multiway contingency tables", 1984: https://doi.org/10.1214/aos/1176346391), or successive hours where
 * there are too few days. The median, and not far more than the calmest pairs: the days on which the world changed are
 * no measure of the usual, and a fault that begins and ends within a week makes most pairs differ.
 */
export function designEffect(hours: readonly HourGroups[]): number {
  const byDay = differences(pairsOfDays(hours));
  const found = byDay.length >= FEWEST_PAIRS ? byDay : differences(hours.slice(1).map((hour, i) => [hours[i]!.groups, hour.groups])); // prettier-ignore
  if (found.length === 0) return 1;
  return Math.max(1, Math.min(timesChance(found, 0.5), BEYOND_CALM * timesChance(found, 0.25)));
}

/** The rows of two stretches by group. */
type Stretches = readonly [readonly number[], readonly number[]];

/** Each day that has rows and the next such one, by the hours of the day that both have rows of. */
function pairsOfDays(hours: readonly HourGroups[]): Stretches[] {
  const last = hours.at(-1)?.hour ?? 0;
  const days = new Map<number, Map<number, readonly number[]>>();
  for (const { hour, groups } of hours) {
    const [day, at] = [Math.floor((last - hour) / DAY), (last - hour) % DAY];
    days.set(day, (days.get(day) ?? new Map<number, readonly number[]>()).set(at, groups));
  }
  const filled = [...days.values()];
  return filled.slice(1).map((day, i): Stretches => {
    const both = [...day.keys()].filter((at) => filled[i]!.has(at));
    return [addGroups(both.map((at) => filled[i]!.get(at)!)), addGroups(both.map((at) => day.get(at)!))];
  });
}

/** How far each pair differs. Rows that are all of one group do not differ; where a side has no rows, nothing is known. */
const differences = (pairs: readonly Stretches[]): { statistic: number; degrees: number }[] =>
  pairs.flatMap(([before, after]) => {
    if (total(before) === 0 || total(after) === 0) return [];
    const groups = withoutRare(after.map((current, group) => ({ reference: before[group] ?? 0, current })));
    const { statistic, degrees } = chiSquaredOf(groups);
    return { statistic, degrees: Math.max(1, degrees) };
  });

/** The quantile of how far they differ (of two, the lower), as a multiple of what it is by chance. */
function timesChance(found: readonly { statistic: number; degrees: number }[], quantile: number): number {
  const ratios = found.map(({ statistic, degrees }) => statistic / chiSquaredQuantile(quantile, degrees));
  return ratios.sort((a, b) => a - b)[Math.floor(quantile * (ratios.length - 1))]!;
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
