import { total } from '../../data/profiles/profile.ts';
import { DAY } from '../../time/time.ts';
import { chiSquaredOf } from '../distances/chi-squared.ts';
import { chiSquaredQuantile } from '../gamma.ts';
import { withoutRare } from './effective-rows.ts';
import { addGroups, type HourGroups } from './hourly.ts';

/** Fewer days do not tell how days differ. */
const FEWEST_DAYS = 4;
/** What differs by so many times more than usual days do is of a time when the world was another. */
const FAR = 5;
/** How unlikely it is that the days left differ as little by chance as they do: they are the calmest of many choices. */
const CALM_BY_CHANCE = 0.05;

/**
 * How many counted rows weigh as much as one that is independent of all others: rows of one card, or of one bad hour,
 * are alike. By how much more than by chance the same hours of successive days differ (Rao and Scott, "On chi-squared
 * tests for multiway contingency tables", 1984: https://doi.org/10.1214/aos/1176346391), or successive hours where
 * there are too few days. A time when the world was another is no measure of the usual, and is left out: since the
 * change, until it, or from one to the other. What is over within a day, or comes again, is usual.
 */
export function designEffect(hours: readonly HourGroups[]): number {
  const days = daysOf(hours);
  const stretches = days.length >= FEWEST_DAYS ? days : hours.map(({ groups }) => new Map([[0, groups]]));
  const ring = stretches.map((one, i) => differenceOf(...ofBoth(one, stretches[(i + 1) % stretches.length]!)));
  const all = together(ring.slice(0, -1));
  if (all.degrees === 0) return 1;
  return Math.max(1, Math.min(all.statistic / all.degrees, calmest(stretches, ring)));
}

/** The groups of rows by how long before the end of the day they came. */
type Day = Map<number, readonly number[]>;

function daysOf(hours: readonly HourGroups[]): Day[] {
  const last = hours.at(-1)?.hour ?? 0;
  const days = new Map<number, Day>();
  for (const { hour, groups } of hours) {
    const [day, before] = [Math.floor((last - hour) / DAY), (last - hour) % DAY];
    days.set(day, (days.get(day) ?? new Map<number, readonly number[]>()).set(before, groups));
  }
  return [...days.values()];
}

/** The rows of the hours of the day that both have rows of. */
function ofBoth(one: Day, next: Day): readonly [readonly number[], readonly number[]] {
  const both = [...next.keys()].filter((at) => one.has(at));
  return [addGroups(both.map((at) => one.get(at)!)), addGroups(both.map((at) => next.get(at)!))];
}

interface Difference {
  statistic: number;
  degrees: number;
}

/** Rows that are all of one group do not differ; where a side has no rows, nothing is known: it has no degree. */
function differenceOf(before: readonly number[], after: readonly number[]): Difference {
  if (total(before) === 0 || total(after) === 0) return { statistic: 0, degrees: 0 };
  const pairs = after.map((current, group) => ({ reference: before[group] ?? 0, current }));
  const { statistic, degrees } = chiSquaredOf(withoutRare(pairs));
  return { statistic, degrees: Math.max(1, degrees) };
}

const together = (differences: readonly Difference[]): Difference => ({
  statistic: total(differences.map(({ statistic }) => statistic)),
  degrees: total(differences.map(({ degrees }) => degrees)),
});

/**
 * By how much more than by chance days differ at most when one time of another world is left out, at most half of them;
 * infinite where there is none.
 * @param ring how each day differs from the next one, and the last from the first: what was left in between is over
 */
function calmest(days: readonly Day[], ring: readonly Difference[]): number {
  const sums = days.map((day) => addGroups([...day.values()]));
  const all = addGroups(sums);
  let least = Infinity;
  for (let first = 0; first < days.length; first++) {
    let rest = all;
    for (let length = 1; length <= Math.min(days.length / 2, days.length - FEWEST_DAYS + 1); length++) {
      const out = Array.from({ length }, (_, i) => (first + i) % days.length);
      rest = rest.map((rows, group) => rows - (sums[out.at(-1)!]![group] ?? 0));
      const kept = together(Array.from({ length: days.length - length - 1 }, (_, i) => ring[(first + length + i) % days.length]!)); // prettier-ignore
      if (kept.degrees === 0) break;
      const calm = kept.statistic / chiSquaredQuantile(CALM_BY_CHANCE, kept.degrees);
      if (calm < least && isAnother(days, out, rest, FAR * Math.max(1, kept.statistic / kept.degrees))) least = calm;
    }
  }
  return least;
}

/**
 * Whether these days are a time of another world, each half of a day: it may begin within the first of them and end within
 * the last. Of what neither began before the first day nor lasts, a day in between has to be so.
 */
function isAnother(days: readonly Day[], out: readonly number[], rest: readonly number[], far: number): boolean {
  const isWhole = (day: number): boolean => day === 0 || day === days.length - 1;
  if (out.length < 3 && !out.some(isWhole)) return false;
  const isFar = (day: number, half: 'older' | 'newer'): boolean => {
    const of = [...days[day]!].filter(([before]) => before >= DAY / 2 === (half === 'older'));
    const groups = addGroups(of.map(([, rows]) => rows));
    // As many of the rest as it has rows: of what the rest lacks, too few would be expected.
    const times = Math.min(1, total(groups) / total(rest));
    const { statistic, degrees } = differenceOf(
      rest.map((rows) => rows * times),
      groups,
    );
    return degrees === 0 || statistic >= far * degrees;
  };
  return out.every(
    (day, i) =>
      ((i === 0 && day !== 0) || isFar(day, 'older')) &&
      ((i === out.length - 1 && day !== days.length - 1) || isFar(day, 'newer')),
  );
}
