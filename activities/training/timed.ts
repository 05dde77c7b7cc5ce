import { type Score } from './scoring.ts';

/** A scorer that knows how long it took per row. */
export function timed(score: Score): { score: Score; microsecondsPerRow(): number } {
  let [milliseconds, rows] = [0, 0];
  return {
    score(chunk) {
      const begun = performance.now();
      const scores = score(chunk);
      milliseconds += performance.now() - begun;
      rows += chunk.rows;
      return scores;
    },
    microsecondsPerRow: () => (1_000 * milliseconds) / Math.max(1, rows),
  };
}
