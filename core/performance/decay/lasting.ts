/** Fewer newest days are no sign that a fall is over. */
const FEWEST_NEWEST = 3;

/** Whether some days, of how far each is off, are as far off as their mean says. */
export interface Lasting {
  /** Neither one odd day nor over by the newest days: their mean may prove something. */
  proves: boolean;
  /** The newest days are off no more. */
  over: boolean;
}

/**
 * One odd day proves nothing about the others, and what is over by the newest days is over: without the oddest day, and
 * in the newest third, they must be half as far off as all are. Where that is not so, the newest three days tell
 * whether a fall may have begun with them.
 */
export function lastingOf(far: readonly number[]): Lasting {
  const sum = sumOf(far);
  const oddest = sum > 0 ? Math.max(...far) : Math.min(...far);
  const half = sum / far.length / 2;
  const newest = (days: number): boolean => sumOf(far.slice(-days)) / Math.min(days, far.length) / half >= 1;
  const proves = (sum - oddest) / (far.length - 1) / half >= 1 && newest(Math.max(FEWEST_NEWEST, Math.ceil(far.length / 3))); // prettier-ignore
  return { proves, over: !proves && !newest(FEWEST_NEWEST) };
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);
