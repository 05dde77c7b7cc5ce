import { chiSquaredTail } from '../../core/drift/gamma.ts';
import { ksOf, ksP } from '../../core/drift/distances/ks.ts';
import { binOfNumber, nextUp } from '../../core/data/profiles/binning.ts';
import { columns, type HourRows } from './stream.ts';
import type { Watcher } from './watcher.ts';

const WINDOW_HOURS = 24;
/** Up to so many rows of reference Evidently tests by p-values, and beyond by distances. */
const FEW_ROWS = 1_000;
const [LARGE_DISTANCE, SMALL_P] = [0.1, 0.05];
const DRIFTED_SHARE = 0.5;
const MOST_BINS = 400;

/**
 * Evidently's default rules for a window of a day, from counts and sums in fine bins of the reference: exact but for a
 * bin in which the distributions cross. Rows without a value are left out, as it leaves them out.
 * `column` alarms when any column has drifted, `dataset` when half of them have.
 */
export function watchPeer(
  reference: readonly HourRows[],
  rule: 'column' | 'dataset',
  hours: readonly HourRows[] = [],
): Watcher {
  return follow(columns.map((_, c) => measureOf(c, reference)), rule, hours.slice(-WINDOW_HOURS)); // prettier-ignore
}

/** The columns that it finds drifted in a day's rows. */
export const driftedColumns = (reference: readonly HourRows[], hours: readonly HourRows[]): string[] => {
  const measures = columns.map((_, c) => measureOf(c, reference));
  return columns
    .filter((_, c) => measures[c]!.drifted(hours.map((rows) => measures[c]!.count(rows[c]!))))
    .map(({ name }) => name);
};

function follow(measures: readonly Measure[], rule: 'column' | 'dataset', hours: readonly HourRows[]): Watcher {
  const windows = measures.map((measure, c) => hours.map((rows) => measure.count(rows[c]!)));
  const watcher = (its: Counted[][]): Watcher => ({
    hour(rows) {
      let drifted = 0;
      for (let c = 0; c < measures.length; c++) {
        its[c]!.push(measures[c]!.count(rows[c]!));
        if (its[c]!.length > WINDOW_HOURS) its[c]!.shift();
        if (measures[c]!.drifted(its[c]!)) drifted++;
      }
      return rule === 'column' ? drifted > 0 : drifted / measures.length >= DRIFTED_SHARE;
    },
    copy: () => watcher(its.map((window) => [...window])),
  });
  return watcher(windows);
}

/** Values of an hour in fine bins. */
interface Counted {
  rows: number;
  counts: Float64Array;
  sums: Float64Array;
}
interface Measure {
  count(values: Float64Array): Counted;
  drifted(window: readonly Counted[]): boolean;
}

function measureOf(c: number, reference: readonly HourRows[]): Measure {
  const values = Float64Array.from(reference.flatMap((rows) => Array.from(rows[c]!).filter((value) => !Number.isNaN(value)))).sort(); // prettier-ignore
  const few = reference.reduce((sum, rows) => sum + rows[c]!.length, 0) <= FEW_ROWS;
  const distinct = [...new Set(values)];
  // Each value of a small reference has a bin of its own, so the largest gap is where a bin ends.
  const edges = Float64Array.from(
    few || columns[c]!.kind === 'category'
      ? distinct.flatMap((value) => [value, nextUp(value)])
      : new Set(Array.from({ length: MOST_BINS }, (_, i) => values[Math.floor((i * values.length) / MOST_BINS)]!)),
  );
  const count = (numbers: Float64Array): Counted => {
    const counted = { rows: 0, counts: new Float64Array(edges.length + 1), sums: new Float64Array(edges.length + 1) };
    for (const value of numbers) {
      if (Number.isNaN(value)) continue;
      const bin = binOfNumber(edges, value);
      counted.rows++;
      counted.counts[bin]!++;
      counted.sums[bin]! += value;
    }
    return counted;
  };
  const before = count(values);
  if (columns[c]!.kind === 'category') {
    // A level that the reference lacks is no number of its list, and would be counted as its neighbour.
    const places = new Map(distinct.map((level, i) => [level, i + 1]));
    const ofLevels = (numbers: Float64Array): Counted => {
      const counts = new Float64Array(edges.length + 1);
      for (const value of numbers) counts[places.get(value) ?? 0]!++;
      return { rows: numbers.length, counts, sums: counts };
    };
    const levels = ofLevels(values);
    return { count: ofLevels, drifted: (window) => levelsDrifted(levels, sumOf(window), few) };
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const floor = Math.max(deviation, 0.001);
  const drifted = (window: readonly Counted[]): boolean => {
    const now = sumOf(window);
    if (now.rows === 0) return false;
    if (few) return ksP(gapOf(before, now), before.rows, now.rows) < SMALL_P;
    return wasserstein(before, now, edges) / floor >= LARGE_DISTANCE;
  };
  return { count, drifted };
}

function sumOf(window: readonly Counted[]): Counted {
  const bins = window[0]!.counts.length;
  const sum = { rows: 0, counts: new Float64Array(bins), sums: new Float64Array(bins) };
  for (const hour of window) {
    sum.rows += hour.rows;
    for (let bin = 0; bin < bins; bin++) {
      sum.counts[bin]! += hour.counts[bin]!;
      sum.sums[bin]! += hour.sums[bin]!;
    }
  }
  return sum;
}

const gapOf = (before: Counted, now: Counted): number =>
  ksOf(
    Array.from(before.counts, (count, i) => ({ reference: count / before.rows, current: now.counts[i]! / now.rows })),
  );

/** The area between both distribution functions, bin by bin. */
function wasserstein(before: Counted, now: Counted, edges: Float64Array): number {
  let [ofBefore, ofNow, area] = [0, 0, 0];
  const bins = edges.length + 1;
  for (let bin = 0; bin < bins; bin++) {
    const [low, high] = [edges[bin - 1], edges[bin]];
    const [a, b] = [before.counts[bin]! / before.rows, now.counts[bin]! / now.rows];
    const [sumA, sumB] = [before.sums[bin]! / before.rows, now.sums[bin]! / now.rows];
    if (low === undefined) area += Math.abs((a - b) * high! - (sumA - sumB));
    else if (high === undefined) area += Math.abs(sumA - sumB - (a - b) * low);
    else area += Math.abs((ofBefore - ofNow) * (high - low) + (a - b) * high - (sumA - sumB));
    ofBefore += a;
    ofNow += b;
  }
  return area;
}

function levelsDrifted(before: Counted, now: Counted, few: boolean): boolean {
  if (now.rows === 0) return false;
  const shares = Array.from(before.counts, (count, i) => [count / before.rows, now.counts[i]! / now.rows] as const);
  const seen = shares.filter(([a, b]) => a + b > 0);
  if (few) {
    if (seen.length <= 2) return proportionsDiffer(seen[0]?.[0] ?? 1, before.rows, seen[0]?.[1] ?? 1, now.rows);
    // The reference's shares are taken for the truth.
    const statistic = seen.reduce((sum, [a, b]) => sum + (now.rows * (a - b) ** 2) / a, 0);
    return chiSquaredTail(statistic, seen.length - 1) < SMALL_P;
  }
  const half = (share: number, middle: number): number => (share > 0 ? (share * Math.log(share / middle)) / 2 : 0);
  const divergence = seen.reduce((sum, [a, b]) => sum + half(a, (a + b) / 2) + half(b, (a + b) / 2), 0);
  return Math.sqrt(Math.max(0, divergence)) >= LARGE_DISTANCE;
}

function proportionsDiffer(a: number, rowsA: number, b: number, rowsB: number): boolean {
  const share = (a * rowsA + b * rowsB) / (rowsA + rowsB);
  const error = Math.sqrt(share * (1 - share) * (1 / rowsA + 1 / rowsB));
  return error > 0 && chiSquaredTail(((a - b) / error) ** 2, 1) < SMALL_P;
}
