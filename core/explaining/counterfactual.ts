import type { ColumnBins } from '../data/profiles/binning.ts';
import { binOfNumber, nextUp } from '../data/profiles/binning.ts';
import type { Row, Value } from '../data/data.ts';
import type { Encoding } from '../model/artifact.ts';

/** The smallest change of a row, among values that were seen, that takes its score where it is wanted. */
export interface Counterfactual {
  changes: { column: string; from: Value; to: Value }[];
  score: number;
}

/** Values of a column that a search may take. */
export interface Choices {
  column: string;
  values: readonly Value[];
  /** How far apart two values are: 0 to 1, the share of the rows between two numbers. */
  distance(from: Value, to: Value): number;
}

const MOST_VALUES = 16;
const MOST_CHANGES = 3;
/** How many of the changes that come closest are carried on with another column. */
const CARRIED = 8;
const MOST_COLUMNS = 40;
/** No search asks the model more often. */
export const MOST_SCORES = 6_000;

/** What the bins of a column, or without them its encoding, say of its values. */
export function choicesOf(column: string, bins: ColumnBins | undefined, encoding: Encoding): Choices {
  if (bins?.kind === 'number') {
    const edges = bins.edges.filter((edge, i) => i === 0 || edge !== nextUp(bins.edges[i - 1]!));
    const step = Math.max(1, Math.ceil(edges.length / MOST_VALUES));
    const place = (value: Value): number => (typeof value === 'number' ? binOfNumber(edges, value) : -1);
    return {
      column,
      values: edges.filter((_, i) => i % step === 0 || i === edges.length - 1),
      distance: (from, to) => (place(from) < 0 ? 1 : Math.abs(place(from) - place(to)) / Math.max(1, edges.length)),
    };
  }
  const differ = (from: Value, to: Value): number => (from === to ? 0 : 0.5);
  if (bins) return { column, values: valuesOf(bins.levels), distance: differ };
  if ('levels' in encoding) return { column, values: valuesOf(encoding.levels), distance: differ };
  if ('range' in encoding && encoding.range) return { column, values: [...encoding.range], distance: differ };
  return { column, values: [], distance: differ };
}

/** The levels of a boolean are its values. */
const valuesOf = (levels: readonly string[]): Value[] =>
  levels.every((level) => level === 'true' || level === 'false')
    ? levels.map((level) => level === 'true')
    : levels.slice(0, 2 * MOST_VALUES);

interface Tried {
  changes: { column: string; to: Value }[];
  distance: number;
  score: number;
}

/**
 * Looks for a change of one column, then of two, then of three, and takes the smallest of the fewest. With more columns
 * than one it only carries on from the changes that came closest, so a smaller change may exist. Pauses at each yield:
 * its caller decides when it continues. The same row always has the same answer.
 */
export function* searchCounterfactual(
  row: Row,
  choices: readonly Choices[],
  scoreOf: (row: Row) => number,
  /** How far a score is from where it is wanted; 0 or less: it is there. */
  missing: (score: number) => number,
): Generator<void, Counterfactual | null> {
  const changed = (changes: Tried['changes']): Row => ({
    ...row,
    ...Object.fromEntries(changes.map(({ column, to }) => [column, to])),
  });
  let [asked, open] = [0, choices];
  let carried: Tried[] = [{ changes: [], distance: 0, score: scoreOf(row) }];
  for (let depth = 1; depth <= MOST_CHANGES; depth++) {
    const tried: Tried[] = [];
    for (const from of carried)
      for (const { column, values, distance } of open) {
        if (from.changes.some((change) => change.column === column)) continue;
        for (const to of values) {
          if (to === row[column] || asked >= MOST_SCORES) continue;
          const changes = [...from.changes, { column, to }];
          tried.push({
            changes,
            distance: from.distance + distance(row[column] ?? null, to),
            score: scoreOf(changed(changes)),
          });
          asked++;
          yield;
        }
      }
    const there = tried.filter(({ score }) => missing(score) <= 0).sort((a, b) => a.distance - b.distance);
    const [best] = there;
    if (best)
      return {
        changes: best.changes.map(({ column, to }) => ({ column, from: row[column] ?? null, to })),
        score: best.score,
      };
    const closest = tried.sort((a, b) => missing(a.score) - missing(b.score) || a.distance - b.distance);
    if (depth === 1) {
      const names = new Set<string>();
      for (const { changes } of closest) if (names.size < MOST_COLUMNS) names.add(changes[0]!.column);
      open = open.filter(({ column }) => names.has(column));
    }
    carried = closest.slice(0, CARRIED);
  }
  return null;
}
