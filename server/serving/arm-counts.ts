import { bucketOf, emptyTally, type Tally } from '../../core/rollout/tally.ts';
import { createSeen } from './seen.ts';

/**
 * Counts what each version does with rows under one generation of the traffic. A unit is what picks the arm: an entity,
 * or a key without one; null: this row alone. Each counts once, by its first row, its first failure and its first
 * refusal.
 */
export interface ArmCounts {
  scored(version: number, unit: string | null, milliseconds: number, score: number): void;
  /** The version had no score for the row, whoever answered it. */
  failed(version: number, unit: string | null): void;
  /** The version's declaration refused the row. */
  refused(version: number, unit: string | null): void;
  readonly tallies: ReadonlyMap<number, Tally>;
}

const [ROW, FAILURE, REFUSAL] = [0, 1, 2];

export function createArmCounts(): ArmCounts {
  const tallies = new Map<number, Tally>();
  const seen = createSeen();

  const tallyOf = (version: number): Tally => {
    let tally = tallies.get(version);
    if (!tally) tallies.set(version, (tally = emptyTally()));
    return tally;
  };
  const first = (unit: string | null, kind: number): boolean => unit === null || seen.first(unit, kind);
  const countRow = (tally: Tally, unit: string | null): boolean => {
    tally.rows++;
    if (!first(unit, ROW)) return false;
    tally.units++;
    return true;
  };

  return {
    tallies,
    scored(version, unit, milliseconds, score) {
      const tally = tallyOf(version);
      if (!countRow(tally, unit)) return;
      tally.times[bucketOf(milliseconds)]!++;
      tally.scores.count++;
      tally.scores.sum += score;
      tally.scores.squares += score * score;
    },
    failed(version, unit) {
      const tally = tallyOf(version);
      countRow(tally, unit);
      if (first(unit, FAILURE)) tally.failed++;
    },
    refused(version, unit) {
      const tally = tallyOf(version);
      countRow(tally, unit);
      if (first(unit, REFUSAL)) tally.refused++;
    },
  };
}
