import { hash53 } from '../../../core/base/hash-53.ts';
import {
  bucketOf,
  emptyTally,
  MOST_NAMED,
  type ShadowScore,
  type Tally,
} from '../../../core/rollout/evidence/tally.ts';
import { instant } from '../../../core/time/time.ts';
import { createSeen } from './seen.ts';

/**
 * Counts what each version does with rows under one generation of the traffic. A unit is what picks the arm: an entity,
 * or a key without one; null: this row alone. For each version it counts once, by its first row, its first failure and
 * its first refusal.
 */
export interface ArmCounts {
  /** `answered`: of a shadow, the score that was the answer; `probabilities`: of a shadow that tells classes apart. */
  scored(
    version: number,
    unit: string | null,
    milliseconds: number,
    score: number,
    answered?: Answered | null,
    probabilities?: readonly number[],
  ): void;
  /** The version had no score for the row; another may have answered. */
  failed(version: number, unit: string | null): void;
  /** The version's declaration refused the row. */
  refused(version: number, unit: string | null): void;
  readonly tallies: ReadonlyMap<number, Tally>;
  /** Scores of shadows to keep; the writer removes what is written. */
  readonly kept: Kept[];
}

/** What names a logged prediction. `time` in milliseconds. */
export interface Answered {
  id: string;
  time: number;
  score: number;
}

type Kept = Omit<ShadowScore, 'pipeline' | 'generation'>;

/** Of the first so many rows of a shadow each is kept, of as many kept later every second, then every fourth. */
const KEPT_ALL = 100_000;
/** Kept at a time while they cannot be written. */
const MOST_KEPT = 20_000;

const [ROW, FAILURE, REFUSAL] = [0, 1, 2];
const KINDS = 3;

export function createArmCounts(): ArmCounts {
  const tallies = new Map<number, Tally>();
  const seen = createSeen();
  const kept: Kept[] = [];
  const paired = { rows: 0, kept: 0 };

  const first = (version: number, unit: string | null, kind: number): boolean =>
    unit === null || seen.first(unit, KINDS * version + kind);

  /** Returns the version's tally, and whether the unit is new to it. */
  function countRow(version: number, unit: string | null): [Tally, boolean] {
    let tally = tallies.get(version);
    if (!tally) tallies.set(version, (tally = emptyTally()));
    const isNew = first(version, unit, ROW);
    tally.rows++;
    if (isNew) tally.units++;
    return [tally, isNew];
  }

  /** Which rows are kept depends on nothing but their number. */
  function keep(version: number, { id, time }: Answered, score: number, probabilities?: readonly number[]): void {
    if (paired.rows++ % 2 ** Math.floor(paired.kept / KEPT_ALL) !== 0 || kept.length >= MOST_KEPT) return;
    paired.kept++;
    kept.push({ version, id, time: instant(time), score, ...(probabilities && { probabilities }) });
  }

  return {
    tallies,
    kept,
    scored(version, unit, milliseconds, score, answered, probabilities) {
      const [tally, isNew] = countRow(version, unit);
      if (!isNew) return;
      tally.times[bucketOf(milliseconds)]!++;
      add(tally.scores, score);
      if (!answered) return;
      add((tally.shifts ??= { count: 0, sum: 0, squares: 0 }), score - answered.score);
      keep(version, answered, score, probabilities);
    },
    failed(version, unit) {
      const [tally] = countRow(version, unit);
      if (!first(version, unit, FAILURE)) return;
      tally.failed++;
      name(tally, 'failedUnits', unit);
    },
    refused(version, unit) {
      const [tally] = countRow(version, unit);
      if (!first(version, unit, REFUSAL)) return;
      tally.refused++;
      name(tally, 'refusedUnits', unit);
    },
  };
}

function add(to: Tally['scores'], value: number): void {
  to.count++;
  to.sum += value;
  to.squares += value * value;
}

/** A row without a unit is met by no other server. */
function name(tally: Tally, which: 'failedUnits' | 'refusedUnits', unit: string | null): void {
  if (unit === null) return;
  const units = (tally[which] ??= []);
  if (units.length < MOST_NAMED) units.push(hash53(unit));
}
