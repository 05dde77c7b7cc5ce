import type { Clock } from './clocks.ts';

/** What is usual comes from the same hours of so many days before, or of so many weeks before. */
const [DAYS, WEEKS, FEWEST] = [7, 4, 3] as const;

/** The rows of a window, and those that are usual. */
export interface Sum {
  rows: number;
  usual: number;
}

/**
 * The same, with what is usual from the fewest to the most, which differ until the weeks are known, and for some weeks
 * after a clock has changed.
 */
export interface Expected extends Sum {
  least: number;
  most: number;
}

/** The rows, and the nearest of what is usual. */
export const nearest = ({ rows, least, most }: Expected): Sum => ({
  rows,
  usual: Math.min(most, Math.max(least, rows)),
});

/** The places where consecutive counts begin to tell what is usual, and where they tell it of weeks, too. */
export const beginningsOf = (perDay: number): { days: number; weeks: number } => ({
  days: DAYS * perDay,
  weeks: (FEWEST + 1) * 7 * perDay,
});

const UTC: Clock = () => 0;

/**
 * Sums of consecutive counts, and what is usual of them.
 * @param clocks that change meanwhile: rows may follow one of them, or none
 */
export function createUsual(counts: readonly number[], perDay: number, clocks: readonly Clock[] = []) {
  const sums = new Float64Array(counts.length + 1);
  counts.forEach((count, at) => (sums[at + 1] = sums[at]! + count));
  const { days, weeks } = beginningsOf(perDay);
  const sumOf = (at: number, window: number): number => sums[at + 1]! - sums[Math.max(0, at + 1 - window)]!;

  /** The same window some days or weeks before, in the order of size. */
  function before(at: number, window: number, lag: number, most: number, clock = UTC): number[] {
    const found: number[] = [];
    for (let i = 1; i <= most && at + 1 - i * lag - window >= 0; i++) {
      const then = at - i * lag;
      const place = then + clock(at) - clock(then);
      if (place + 1 >= window) found.push(sumOf(place, window));
    }
    return found.sort((a, b) => a - b);
  }

  /** By UTC, and by each clock that has changed since. */
  const byClock = (at: number, window: number, lag: number, most: number): number[][] => {
    const first = Math.max(0, at - most * lag);
    const changed = clocks.filter((clock) => clock(first) !== clock(at));
    return [UTC, ...changed].map((clock) => before(at, window, lag, most, clock));
  };

  /** The lag of each window by which its usual sums came nearer in the past. */
  const lags = new Map<number, { lag: number; most: number }>();
  function lagOf(window: number): { lag: number; most: number } {
    const known = lags.get(window);
    if (known) return known;
    const [daily, weekly] = [
      { lag: perDay, most: DAYS },
      { lag: 7 * perDay, most: WEEKS },
    ] as const;
    const missBy = { days: 0, weeks: 0 };
    for (let at = weeks; at < counts.length; at++) {
      const rows = sumOf(at, window);
      const missOf = ({ lag, most }: typeof daily | typeof weekly): number =>
        Math.abs(Math.sqrt(rows) - Math.sqrt(nearestOf(byClock(at, window, lag, most).map(median), rows)));
      missBy.days += missOf(daily);
      missBy.weeks += missOf(weekly);
    }
    const chosen = missBy.weeks < missBy.days ? weekly : daily;
    lags.set(window, chosen);
    return chosen;
  }

  return {
    /** null: too little before. */
    of(at: number, window: number): Expected | null {
      const rows = sumOf(at, window);
      if (at >= weeks + window) {
        const { lag, most } = lagOf(window);
        const usual = byClock(at, window, lag, most).map(median);
        return { rows, usual: nearestOf(usual, rows), least: Math.min(...usual), most: Math.max(...usual) };
      }
      const found = byClock(at, window, perDay, DAYS);
      if (at < days + window || found.some((sums) => sums.length < DAYS)) return null;
      const usual = nearestOf(found.map(median), rows);
      return {
        rows,
        usual,
        least: Math.min(...found.map((sums) => sums[0]!)),
        most: Math.max(...found.map((sums) => sums.at(-1)!)),
      };
    },
  };
}

const nearestOf = (values: readonly number[], to: number): number =>
  values.reduce((a, b) => (Math.abs(b - to) < Math.abs(a - to) ? b : a));

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
