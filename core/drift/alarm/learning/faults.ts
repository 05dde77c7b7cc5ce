import { median } from '../../../base/median.ts';
import { HOUR } from '../../../time/time.ts';
import type { Contrast } from '../contrasts.ts';
import { unusualHours } from '../judge-hour.ts';
import { learnFrom, seasonOf, timesOf, without, type Hour } from './hours.ts';
import { modelOf, withMeans, type Allowed } from '../model.ts';
import { HOURS, hourOfWeek } from '../season.ts';
import { emptyContrast } from '../state/state.ts';

/** A fault is so many times past any limit that follows from the other hours. */
const FAULTY = 1.5;
/** It comes once, within so many days, which are at most so many of all. What recurs is usual. */
const FAULTY_DAYS = 3;
const MOST_FAULTY = 0.15;
/** Of fewer days an hour's middle mean tells little. */
const FEWEST_MEANS = 5;
const DAY = HOURS * HOUR;

/**
 * Hours of a fault, as it may be in any past: of a day or a few, each far past any limit that follows from the other hours. They
 * tell nothing of what is usual, and would hide for months what is smaller.
 */
export function faultsIn(contrast: Contrast, allowed: Allowed, hours: readonly Hour[]): Hour[] {
  const withRows = hours.filter(({ sums }) => sums.rows > 0);
  const unseen = modelOf({ ...emptyContrast().past, season: seasonOf(withRows) }, contrast, allowed);
  if (!unseen) return [];
  // A season that a fault made would find the days strange that had none.
  const middle = withMeans(unseen, middleByHour(withRows));
  const candidates = withRows.filter((hour) => unusualHours([hour], middle) > middle.normal);
  const [first, last, days] = [candidates[0], candidates.at(-1), [...daysOf(candidates).values()]];
  if (!first || !last || last.time - first.time >= FAULTY_DAYS * DAY) return [];
  if (days.length > MOST_FAULTY * daysOf(withRows).size) return [];
  const model = modelOf(learnFrom(contrast, allowed, without(hours, timesOf(candidates))).past, contrast, allowed);
  if (!model) return [];
  return days.filter((some) => unusualHours(some, model) > FAULTY * model.limits[0]!).flat();
}

function daysOf(hours: readonly Hour[]): Map<number, Hour[]> {
  const days = new Map<number, Hour[]>();
  for (const hour of hours) {
    const day = Math.floor(hour.time / DAY);
    days.set(day, [...(days.get(day) ?? []), hour]);
  }
  return days;
}

/** The middle one of the means of each hour of a day. */
function middleByHour(hours: readonly Hour[]): number[] {
  const byHour = Array.from({ length: HOURS }, (): number[] => []);
  for (const { time, sums } of hours) byHour[hourOfWeek(time).hour]!.push(sums.sum / sums.rows);
  const middleOf = (means: readonly number[]): number => median(Float64Array.from(means));
  const all = middleOf(byHour.flat());
  return byHour.map((means) => (means.length < FEWEST_MEANS ? all : middleOf(means)));
}
