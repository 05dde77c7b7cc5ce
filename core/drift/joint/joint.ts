import type { ColumnChunk } from '../../data/chunks.ts';
import type { Instant } from '../../time/time.ts';
import { tellApart, type JointColumn } from './classifier.ts';
import { movedPair, type MovedPair } from './pairs.ts';

/** Whether rows as a whole can be told from those of the reference, by all their columns together. */
export interface JointDrift {
  /** The check that compared them: once a day, and later checks tell it too. */
  asOf: Instant;
  /** 0.5: not at all; 1: always; with its interval at 95 %. */
  auc: number;
  low: number;
  high: number;
  rows: { reference: number; current: number };
  pair: MovedPair | null;
  /** Which reference it was; absent in verdicts of earlier releases. */
  reference?: string;
  /** The days before that were stable, against the same reference, the oldest first; absent in verdicts of earlier releases. */
  stable?: StableDay[];
  /** The newest days that were told as more than those, until one is not; absent where there are none. */
  unusual?: StableDay[];
}

/** A comparison that is kept for the days it knows, until rows can be compared again. */
export interface JointBefore {
  joint: JointDrift;
  /** Whether the last check that told it was stable. */
  stable: boolean;
}

/** How far a day lay from the reference while nothing was unusual. */
export interface StableDay {
  auc: number;
  /** By how much the correlation of a pair changed; 0: of none. */
  pair: number;
}

/** Rows of the window differ from the reference's if trees tell them apart better than this for sure. */
const DIFFERENT = 0.55;
export const differs = ({ low }: Pick<JointDrift, 'low'>): boolean => low > DIFFERENT;

/** So many stable days tell what is usual: each day of the week once. */
export const FEWEST_DAYS = 7;
const MOST_DAYS = 28;

/** What passes within a week is usual here. */
const PASSES_IN = 7;

/**
 * The days before a comparison: those that tell what is usual, and those that were told as more than usual. These are left
 * out as long as that lasts: what is not usual does not become so by lasting. Where it passes soon, they count: otherwise
 * only the calmest days would be left. @param before the one before it, and whether its check was stable
 */
export function daysBefore(before: JointDrift | undefined, wasStable: boolean): Pick<JointDrift, 'stable' | 'unusual'> {
  const { stable = [], unusual = [] } = before ?? {};
  const asBefore = { stable, ...(unusual.length > 0 && { unusual }) };
  if (!before || !wasStable) return asBefore;
  const day = { auc: before.auc, pair: before.pair ? changeOf(before.pair) : 0 };
  const isAbove = stable.every(({ auc }) => day.auc > auc) || stable.every(({ pair }) => day.pair > pair);
  if (isToldOf(before) || (unusual.length > 0 && isAbove))
    return { stable, unusual: [...unusual, day].slice(-PASSES_IN - 1) };
  const passed = unusual.length > PASSES_IN ? [] : unusual;
  return { stable: [...stable, ...passed, day].slice(-MOST_DAYS) };
}

const isToldOf = (joint: JointDrift): boolean =>
  (differs(joint) && exceedsStableDays.rows(joint) === true) ||
  (joint.pair !== null && exceedsStableDays.pair(joint) === true);

export const changeOf = ({ reference, current }: MovedPair): number => Math.abs(current - reference);

/**
 * Whether it is more than on any stable day before: one day differs from a reference of other days without any drift. null:
 * too few such days are known. Verdicts of earlier releases did not look.
 */
export const exceedsStableDays = {
  rows: ({ low, stable }: Pick<JointDrift, 'low' | 'stable'>): boolean | null => exceeds(low, stable, ({ auc }) => auc),
  pair: ({ pair, stable }: Pick<JointDrift, 'pair' | 'stable'>): boolean | null =>
    exceeds(pair ? changeOf(pair) : 0, stable, (day) => day.pair),
};

function exceeds(now: number, days: readonly StableDay[] | undefined, of: (day: StableDay) => number): boolean | null {
  if (!days) return true;
  return days.length < FEWEST_DAYS ? null : days.every((day) => now > of(day));
}

export const ROWS_A_SIDE = 2_000;
/** With fewer, trees tell little. */
const FEWEST_ROWS = 200;

/** Compares rows of the reference with rows of the window, both in the order of time; null where there are too few. */
export function compareJointly(
  reference: ColumnChunk,
  current: ColumnChunk,
  kinds: Readonly<Record<string, JointColumn['kind']>>,
  effect: number,
): Omit<JointDrift, 'asOf' | 'reference'> | null {
  const rows = { reference: reference.rows, current: current.rows };
  if (Math.min(rows.reference, rows.current) < FEWEST_ROWS) return null;
  const columns = Object.entries(kinds).flatMap(([column, kind]): JointColumn[] => {
    const [before, after] = [reference.columns[column], current.columns[column]];
    return before && after ? [{ column, kind, values: [...before, ...after] }] : [];
  });
  if (columns.length === 0) return null;
  const all = rows.reference + rows.current;
  return {
    ...tellApart(columns, rows.reference, all, effect),
    rows,
    pair: movedPair(columns, rows.reference, all, effect),
  };
}
