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
}

/** Rows of the window differ from the reference's if trees tell them apart better than this for sure. */
const DIFFERENT = 0.55;
export const differs = ({ low }: Pick<JointDrift, 'low'>): boolean => low > DIFFERENT;

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
