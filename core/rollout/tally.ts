/**
 * What a server counts of one arm while the traffic stays as it is. All of it adds up over servers. A unit is an
 * entity, a key without one, or a single row: it gets its arm by chance, and its rows are no independent evidence, so
 * each is counted once.
 */
export interface Tally {
  /** Rows that it was asked to score. */
  rows: number;
  /** Units among them. */
  units: number;
  /** Units with a row that it could not score. */
  failed: number;
  /** Units with a row that its declaration refused. */
  refused: number;
  /** Units by the time that their first row took, in buckets of `bucketOf`. */
  times: number[];
  /** The scores of the units' first rows. */
  scores: { count: number; sum: number; squares: number };
}

/** Buckets to a doubling, each 9 % wide: what a declaration allows (1.5 times as slow) is rounded up to whole ones. */
export const bucketsPerOctave = 8;

/** The bounds of the time buckets, in milliseconds: a version that stays under the first costs nobody anything. */
export const timeBounds = Array.from({ length: 109 }, (_, i) => 2 ** (i / bucketsPerOctave));

/** bucketOf(0.2) // => 0: up to 1 ms; bucketOf(1.05) // => 1: up to 1.09 ms */
export const bucketOf = (milliseconds: number): number =>
  milliseconds <= 1 ? 0 : Math.min(timeBounds.length, Math.ceil(bucketsPerOctave * Math.log2(milliseconds) - 1e-9));

export const emptyTally = (): Tally => ({
  rows: 0,
  units: 0,
  failed: 0,
  refused: 0,
  times: new Array<number>(timeBounds.length + 1).fill(0),
  scores: { count: 0, sum: 0, squares: 0 },
});

export const addTallies = (one: Tally, other: Tally): Tally => ({
  rows: one.rows + other.rows,
  units: one.units + other.units,
  failed: one.failed + other.failed,
  refused: one.refused + other.refused,
  times: one.times.map((count, i) => count + (other.times[i] ?? 0)),
  scores: {
    count: one.scores.count + other.scores.count,
    sum: one.scores.sum + other.scores.sum,
    squares: one.scores.squares + other.scores.squares,
  },
});

/** The tally of one version under one generation of the traffic. */
export interface ArmTally {
  pipeline: string;
  generation: number;
  version: number;
  tally: Tally;
}

export interface Tallies {
  /** Writes the totals of one server's process so far. Later totals replace earlier ones, so a repeated call adds nothing. */
  record(replica: string, totals: readonly ArmTally[]): Promise<void>;
  /** The totals of all servers. */
  of(pipeline: string, generation: number): Promise<ArmTally[]>;
}
