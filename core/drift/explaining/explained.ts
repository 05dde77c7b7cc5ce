import { excess, thresholdsOf, type DeclaredThresholds } from '../distances/index.ts';
import type { ColumnDrift } from '../verdict.ts';
import type { Since } from './change-point.ts';
import type { Mover } from './movers.ts';
import type { ShownRow } from './shown-rows.ts';

/** What a verdict tells of one column besides its distances. */
export interface Explained {
  /** The share of false discoveries among the columns that moved at least as clearly. */
  q: number;
  /** It moved, and not by chance: q is at most 0.05. */
  found: boolean;
  /** How many counted rows weigh as much as one that is independent of the others. */
  designEffect: number;
  /** Null when no time stands out. */
  since: Since | null;
  movers: Mover[];
  /**
   * By how much the mean score changes with this column alone, and its share of what the columns found do to it (0 where it hardly shifts it); null where the
   * column or the scores were not measured. No shift of estimates whose label is sensitive.
   */
  score: { shift: number | null; share: number } | null;
  /** Some of the newest rows that show it; absent: none do, or an earlier release explained it. */
  rows?: ShownRow[];
}

/** Those that moved for sure come first, by their share of the score's change, then by how far they went. */
export const byImportance =
  (drift: DeclaredThresholds) =>
  (a: ColumnDrift, b: ColumnDrift): number =>
    Number(b.explained?.found ?? false) - Number(a.explained?.found ?? false) ||
    (b.explained?.score?.share ?? 0) - (a.explained?.score?.share ?? 0) ||
    excess(b.distances, thresholdsOf(drift, b.column)) - excess(a.distances, thresholdsOf(drift, a.column)) ||
    (b.distances.psi?.value ?? 0) - (a.distances.psi?.value ?? 0) ||
    (a.column < b.column ? -1 : 1);
