import type { Moments } from '../../sequential/means.ts';
import type { Instant } from '../../time/time.ts';

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
  /** Hashes of the first of these units, so that one which comes to several servers counts once. */
  failedUnits?: number[];
  refusedUnits?: number[];
  /** Units by the time that their first row took, in buckets of `bucketOf`. */
  times: number[];
  /** The scores of the units' first rows. */
  scores: Moments;
  /** Of a shadow: how much higher these are than the scores that were the answers. */
  shifts?: Moments;
}

/** Hashes that a server names of each: proof takes fewer failures than this. */
export const MOST_NAMED = 100;

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

export function addTallies(one: Tally, other: Tally): Tally {
  const failedUnits = union(one.failedUnits, other.failedUnits);
  const refusedUnits = union(one.refusedUnits, other.refusedUnits);
  return {
    rows: one.rows + other.rows,
    units: one.units + other.units,
    failed: one.failed + other.failed - failedUnits.twice,
    refused: one.refused + other.refused - refusedUnits.twice,
    ...(failedUnits.all.length > 0 && { failedUnits: failedUnits.all }),
    ...(refusedUnits.all.length > 0 && { refusedUnits: refusedUnits.all }),
    times: one.times.map((count, i) => count + (other.times[i] ?? 0)),
    scores: addMoments(one.scores, other.scores),
    ...((one.shifts || other.shifts) && { shifts: addMoments(one.shifts, other.shifts) }),
  };
}

const addMoments = (one: Moments = nothing, other: Moments = nothing): Moments => ({
  count: one.count + other.count,
  sum: one.sum + other.sum,
  squares: one.squares + other.squares,
});
const nothing: Moments = { count: 0, sum: 0, squares: 0 };

/** All of both, and how many are in both. */
function union(one: readonly number[] = [], other: readonly number[] = []): { all: number[]; twice: number } {
  const all = new Set([...one, ...other]);
  return { all: [...all], twice: one.length + other.length - all.size };
}

/** The tally of one version under one generation of the traffic. */
export interface ArmTally {
  pipeline: string;
  generation: number;
  version: number;
  tally: Tally;
}

/** A shadow's score for a row that another version answered, kept until the row's label comes. */
export interface ShadowScore {
  pipeline: string;
  generation: number;
  version: number;
  /** The logged prediction's, as its time. */
  id: string;
  time: Instant;
  score: number;
  /** Of classes: the probability of each, in their declared order. */
  probabilities?: readonly number[];
}

export interface Tallies {
  /** Writes the totals of one server's process so far. Later totals replace earlier ones, so a repeated call adds nothing. */
  record(replica: string, totals: readonly ArmTally[]): Promise<void>;
  /** Stores scores of shadows, each once. */
  keep(scores: readonly ShadowScore[]): Promise<void>;
  /** The totals of all servers. */
  of(pipeline: string, generation: number): Promise<ArmTally[]>;
}
