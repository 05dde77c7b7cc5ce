import { HOUR, type Instant } from '../../time/time.ts';

/** From when which share of predictions was logged. */
export interface LoggedShare {
  from: Instant;
  share: number;
}

/**
 * How many predictions of each hour would have been logged by the newest share, so that another share is no other
 * volume. Scaled to the newest and not to all: the chance in few logged rows must show as such.
 * @param shares in the order of time, the first since always
 */
export function asLoggedNow(rows: readonly number[], from: number, shares: readonly LoggedShare[]): number[] {
  const now = shares.at(-1)?.share ?? 1;
  return rows.map((count, i) => (count * now) / shareWithin(from + i * HOUR, shares));
}

/** The mean share of an hour. */
function shareWithin(start: number, shares: readonly LoggedShare[]): number {
  const end = start + HOUR;
  let mean = 0;
  shares.forEach(({ from, share }, i) => {
    const begins = i === 0 ? start : Math.max(start, Date.parse(from));
    const ends = Math.min(end, Date.parse(shares[i + 1]?.from ?? '') || end);
    mean += (share * Math.max(0, ends - begins)) / HOUR;
  });
  return mean > 0 ? mean : 1;
}
