import { hash53 } from '../../core/base/hash-53.ts';
import { bucketOf, emptyTally, MOST_NAMED, type Tally } from '../../core/rollout/tally.ts';
import { createSeen } from './seen.ts';

/**
 * Counts what each version does with rows under one generation of the traffic. A unit is what picks the arm: an entity,
 * or a key without one; null: this row alone. For each version it counts once, by its first row, its first failure and
 * its first refusal.
 */
export interface ArmCounts {
  scored(version: number, unit: string | null, milliseconds: number, score: number): void;
  /** The version had no score for the row; another may have answered. */
  failed(version: number, unit: string | null): void;
  /** The version's declaration refused the row. */
  refused(version: number, unit: string | null): void;
  readonly tallies: ReadonlyMap<number, Tally>;
}

const [ROW, FAILURE, REFUSAL] = [0, 1, 2];
const KINDS = 3;

export function createArmCounts(): ArmCounts {
  const tallies = new Map<number, Tally>();
  const seen = createSeen();

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

  return {
    tallies,
    scored(version, unit, milliseconds, score) {
      const [{ times, scores }, isNew] = countRow(version, unit);
      if (!isNew) return;
      times[bucketOf(milliseconds)]!++;
      scores.count++;
      scores.sum += score;
      scores.squares += score * score;
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

/** A row without a unit is met by no other server. */
function name(tally: Tally, which: 'failedUnits' | 'refusedUnits', unit: string | null): void {
  if (unit === null) return;
  const units = (tally[which] ??= []);
  if (units.length < MOST_NAMED) units.push(hash53(unit));
}
