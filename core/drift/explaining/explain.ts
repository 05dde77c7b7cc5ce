import { own } from '../../base/own.ts';
import type { ColumnChunk } from '../../data/chunks.ts';
import type { Binning } from '../../data/profiles/binning.ts';
import { moments, total, type ColumnProfile, type Profile } from '../../data/profiles/profile.ts';
import type { TrainedModel } from '../../model/artifact.ts';
import { compileScorer } from '../../model/scorer.ts';
import { groupOfBins } from '../group.ts';
import { findSince, findSinceTogether } from './change-point.ts';
import { adjusted, FALSE_DISCOVERIES } from './discoveries.ts';
import { designEffect } from './design-effect.ts';
import { pOfEffective } from './effective-rows.ts';
import type { Explained } from './explained.ts';
import { toGroups, type Hourly } from './hourly.ts';
import { moversOf } from './movers.ts';
import { scoreShift, type MovedColumn } from './score-share.ts';

export interface ToExplain {
  /** Those that were compared. */
  columns: readonly string[];
  binning: Binning;
  reference: Profile;
  current: Profile;
  /** The rows that decide how bins are grouped: those of `hourly` are, too. */
  groupedBy: Profile;
  /** The hours up to the window's end; empty where rows are not counted by hour. */
  hourly: Hourly;
  /** Those that the alarm names together: each moved little, at one time. Absent: none. */
  together?: readonly string[];
}

export type Explanations = Record<string, Explained>;

/** Which columns moved, since when and in which values. How much that matters, `withShares` tells. */
export function explain(asked: ToExplain): Explanations {
  const moved = asked.columns.map((column) => {
    const [bins, reference] = [asked.binning.columns[column]!, asked.reference.columns[column]!];
    const current = asked.current.columns[column]!;
    const groupOf = groupOfBins(bins, asked.groupedBy.columns[column]!);
    const hours = own(asked.hourly, column) ?? [];
    const rows = { hours, reference: toGroups(groupOf, reference), current: toGroups(groupOf, current) };
    const effect = designEffect(hours);
    const pairs = rows.reference.map((count, group) => ({ reference: count, current: rows.current[group]! }));
    return { column, bins, reference, current, rows, effect, p: pOfEffective(pairs, effect) };
  });
  const qs = adjusted(moved.map(({ p }) => p));
  const together = new Set(asked.together ?? []);
  // How often levels come has no order, so numbers tell when.
  const numbers = moved.filter(({ column, bins }) => together.has(column) && bins.kind === 'number');
  const sinceTogether = findSinceTogether(numbers.map(({ rows }) => rows));
  return Object.fromEntries(
    moved.map((each, i): [string, Explained] => {
      const { column, bins, reference, current, effect } = each;
      const isFound = qs[i]! <= FALSE_DISCOVERIES;
      return [
        column,
        {
          q: qs[i]!,
          found: isFound,
          designEffect: effect,
          since: (together.has(column) ? sinceTogether : null) ?? (isFound ? findSince(each.rows) : null),
          movers: isFound ? moversOf(bins, reference, current) : [],
          score: null,
        },
      ];
    }),
  );
}

/** A column is measured by taking the model twice through the rows, so at most so many are. */
const MOST_SCORED = 25;

/** The columns whose share of the score's change is worth measuring: the clearest of those found, of `among`. */
export const columnsToScore = (explanations: Explanations, among: ReadonlySet<string>): string[] =>
  Object.entries(explanations)
    .filter(([column, { found }]) => found && among.has(column))
    .sort(([, a], [, b]) => a.q - b.q)
    .slice(0, MOST_SCORED)
    .map(([column]) => column);

/** By column, how far it alone shifts the mean score of these rows of the reference. */
export function scoreShifts(
  model: TrainedModel,
  rows: ColumnChunk,
  moved: readonly MovedColumn[],
): Record<string, number> {
  const { scoreChunk, classes } = compileScorer(model);
  const score = (chunk: ColumnChunk): Float64Array => {
    const scores = scoreChunk(chunk);
    const width = scores.length / Math.max(1, chunk.rows);
    if (!classes) return scores;
    return Float64Array.from({ length: chunk.rows }, (_, row) => scores[row * width + classes.answer(scores, row)]!);
  };
  return Object.fromEntries(moved.map((each) => [each.column, scoreShift(score, rows, each)]));
}

/** A mean score that moved by less of how far scores spread matters to nobody. */
const LEAST_SHIFT = 0.01;

/**
 * By how much each column alone shifts the mean score, and its share of what all do together: shifts that cancel change
 * no score, and matter.
 * @param score of the reference; columns that hardly shift it have no share
 */
export function withShares(
  explanations: Explanations,
  shifts: Readonly<Record<string, number>>,
  score?: ColumnProfile,
): Explanations {
  const least = LEAST_SHIFT * Math.sqrt((score && moments(score)?.variance) ?? 0);
  const sizeOf = (shift: number): number => (Math.abs(shift) > least ? Math.abs(shift) : 0);
  const all = total(Object.values(shifts).map(sizeOf));
  return Object.fromEntries(
    Object.entries(explanations).map(([column, explained]) => {
      const shift = own(shifts, column);
      if (shift === undefined) return [column, explained];
      return [column, { ...explained, score: { shift, share: all === 0 ? 0 : sizeOf(shift) / all } }];
    }),
  );
}
