/** What is usual comes from the same hours of so many days before, or of so many weeks before. */
const [DAYS, WEEKS, FEWEST] = [7, 4, 3] as const;

/** The rows of a window, and those that are usual. */
export interface Sum {
  rows: number;
  usual: number;
}

/** The same, with what is usual from the fewest to the most, which differ until the weeks are known. */
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

/** Sums of consecutive counts, and what is usual of them. */
export function createUsual(counts: readonly number[], perDay: number) {
  const sums = new Float64Array(counts.length + 1);
  counts.forEach((count, at) => (sums[at + 1] = sums[at]! + count));
  const { days, weeks } = beginningsOf(perDay);
  const sumOf = (at: number, window: number): number => sums[at + 1]! - sums[Math.max(0, at + 1 - window)]!;

  /** The same window some days or weeks before, in the order of size. */
  function before(at: number, window: number, lag: number, most: number): number[] {
    const found: number[] = [];
    for (let i = 1; i <= most && at + 1 - i * lag - window >= 0; i++) found.push(sumOf(at - i * lag, window));
    return found.sort((a, b) => a - b);
  }

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
      const root = Math.sqrt(sumOf(at, window));
      missBy.days += Math.abs(root - Math.sqrt(median(before(at, window, daily.lag, daily.most))));
      missBy.weeks += Math.abs(root - Math.sqrt(median(before(at, window, weekly.lag, weekly.most))));
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
        const usual = median(before(at, window, lag, most));
        return { rows, usual, least: usual, most: usual };
      }
      const found = before(at, window, perDay, DAYS);
      if (at < days + window || found.length < DAYS) return null;
      return { rows, usual: median(found), least: found[0]!, most: found.at(-1)! };
    },
  };
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
