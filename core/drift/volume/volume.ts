import { perHour } from '../alarm/rate.ts';
import { DAY, HOUR, instant, type Instant } from '../../time/time.ts';
import { changingClocks } from './clocks.ts';
import { errorsOf, fitSpread, type Direction } from './spread.ts';
import { beginningsOf, createUsual, nearest, type Expected } from './usual.ts';

/** Rows of consecutive stretches of time that are equally long. */
export interface Counts {
  /** When the first begins, and how long each is, in milliseconds. */
  from: number;
  step: number;
  rows: readonly number[];
}

/** Far fewer or far more rows than the same hours of days and weeks before had. */
export interface UnusualVolume {
  direction: Direction;
  since: Instant;
  /** The rows of the last hours, and those that are usual. */
  hours: number;
  rows: number;
  usual: number;
  /** Of the source's rows: when the last of the hours ended. Absent in verdicts of earlier releases. */
  to?: Instant;
  /** Of fewer rows of the source: the time of the newest one; absent: it could not be read. */
  newest?: Instant;
}

/** So few of what is usual count as none. */
export const HARDLY = 0.05;

export interface Volume {
  /** How often it is unusual by chance, at most. */
  rate: string;
  /** What is unusual at the end; null: nothing. */
  unusual: UnusualVolume | null;
}

/** How far back the past is of interest. */
export const PAST_DAYS = 56;
/** Smaller changes are of no interest, however certain. */
const [LEAST_FALL, LEAST_BURST] = [2 / 3, 1.5] as const;
/** An unusual volume ends when it is half as unusual. */
const CALM = 0.5;
/** The part of the allowed rate that is spent: the tails of some weeks are shorter than those of years. */
const SPENT = 0.2;
const WINDOW_HOURS = [1, 3, 6, 24, 72, 168] as const;
const MOST_TOLD = DAY;
/** So many days of the past tell how far volumes spread. */
const FEWEST_TOLD = 7;
/** In days. */
const OCCASIONS_APART = 3;

interface Episode {
  direction: Direction;
  since: number;
  /** The place of the shortest window that showed it. */
  window: number;
  /** Where it was seen first and last. */
  from: number;
  to: number;
}

/**
 * null: too little past to tell.
 * @param zones whose clocks the rows may follow
 */
export function judgeVolume(counted: Counts, rate: string, zones: readonly string[] = []): Volume | null {
  const { step } = counted;
  const first = counted.rows.findIndex((count) => count > 0);
  const rows = first < 0 ? [] : counted.rows.slice(first);
  const perDay = Math.max(1, Math.round(DAY / step));
  if (rows.length <= beginningsOf(perDay).days) return null;
  const clocks = changingClocks(zones, { from: counted.from + first * step, step, length: rows.length });
  const usual = createUsual(rows, perDay, clocks);
  const last = episodesOf(rows, usual, { step, perDay, rate }).at(-1);
  if (last?.to !== rows.length - 1) return { rate, unusual: null };
  const { direction, since } = last;
  const window = Math.max(1, Math.min(rows.length - since, Math.round(MOST_TOLD / step)));
  const told = usual.of(rows.length - 1, window);
  if (told === null) return { rate, unusual: null };
  // What lasts becomes usual itself: what was so before tells more.
  const then = usual.of(since + window - 1, window) ?? told;
  return {
    rate,
    unusual: {
      direction,
      since: instant(counted.from + (first + since) * step),
      hours: (window * step) / HOUR,
      rows: told.rows,
      usual: boundOf(then, direction),
    },
  };
}

type Usual = ReturnType<typeof createUsual>;

/** The stretches of unusual volume. */
export function episodesOf(
  rows: readonly number[],
  usual: Usual,
  { step, perDay, rate }: { step: number; perDay: number; rate: string },
): Episode[] {
  const windows = [...new Set(WINDOW_HOURS.map((hours) => Math.round((hours * HOUR) / step)))].filter((of) => of > 0);
  const chance = (SPENT * perHour(rate) * step) / HOUR / windows.length;
  const { days, weeks } = beginningsOf(perDay);
  // What is judged by the days tells nothing of what is judged by the weeks, and the newest week nothing of itself.
  const from = rows.length >= weeks + FEWEST_TOLD * perDay ? weeks : 0;
  const to = rows.length >= from + days + FEWEST_TOLD * perDay ? rows.length - days : rows.length;
  const looks = windows.map((window) => {
    const sums = rows.map((_, at) => usual.of(at, window));
    // What lasts is told already, so the newest week tells of bursts: all but the one that may be under way.
    const past = { from, to, burstsTo: rows.length - perDay - window };
    return { window, sums, spread: fitSpread(sums, past, OCCASIONS_APART * perDay + window, chance) };
  });
  /** As a share of what is unusual: below 0 for fewer. */
  const unusualAt = (at: number, { sums, spread }: (typeof looks)[number]): number => {
    const sum = sums[at];
    if (!sum) return 0;
    const errors = errorsOf(nearest(sum), spread);
    return errors / spread.limits[directionOf(errors)];
  };

  const episodes: Episode[] = [];
  let open: Episode | null = null;
  for (let at = days; at < rows.length; at++) {
    if (open) {
      const look = looks[open.window]!;
      if (isOver(look.sums[at] ?? null, unusualAt(at, look), open.direction)) open = null;
      else open.to = at;
    }
    if (open) continue;
    // A window with hours of the last one would tell of it again.
    const over = episodes.at(-1)?.to ?? -1;
    const window = looks.findIndex((look) => {
      if (at - look.window < over) return false;
      const unusual = unusualAt(at, look);
      const sum = look.sums[at];
      if (!sum || Math.abs(unusual) <= 1 || !isOff(sum, directionOf(unusual))) return false;
      return unusual < 0 || sum.rows > look.spread.burst * sum.most;
    });
    if (window < 0) continue;
    const direction = directionOf(unusualAt(at, looks[window]!));
    let since = at - windows[window]! + 1;
    const isUsual = (place: number): boolean => {
      const one = usual.of(place, 1);
      return one === null || !isOff(one, direction);
    };
    while (since < at && isUsual(since)) since++;
    open = { direction, since, window, from: at, to: at };
    episodes.push(open);
  }
  return episodes;
}

const directionOf = (unusual: number): Direction => (unusual < 0 ? 'fewer' : 'more');
const boundOf = ({ least, most }: Expected, direction: Direction): number => (direction === 'fewer' ? least : most);
const isOff = (sum: Expected, direction: Direction): boolean =>
  direction === 'fewer' ? sum.rows < LEAST_FALL * sum.least : sum.rows > LEAST_BURST * sum.most;

/** At hours in which nothing is usual, no rows are no sign that it is over. */
function isOver(sum: Expected | null, unusual: number, direction: Direction): boolean {
  if (!sum || (direction === 'fewer' && sum.least === 0 && sum.rows === 0)) return false;
  return (direction === 'fewer' ? -unusual : unusual) < CALM && !isOff(sum, direction);
}
