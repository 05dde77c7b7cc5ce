import { chiSquaredTail } from '../../core/drift/gamma.ts';
import { ksP } from '../../core/drift/distances/ks.ts';
import { binOfNumber, nextUp } from '../../core/data/profiles/binning.ts';
import { columns, type HourRows } from './stream.ts';
import type { Side, Watcher } from './watcher.ts';

const WINDOW_HOURS = 24;
/** Up to so many rows of reference Evidently tests by p-values, and beyond by distances. */
const FEW_ROWS = 1_000;
const [LARGE_DISTANCE, SMALL_P] = [0.1, 0.05];
const DRIFTED_SHARE = 0.5;
const MOST_BINS = 400;

/** Evidently's thresholds as they are, and so many times as large. */
export const TIMES = [1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 8, 10, 12] as const;

const rules = { column: 'any column', dataset: 'half of the columns' } as const;
export const pointsOf = (rule: keyof typeof rules): string[] =>
  TIMES.map((times) => `${rules[rule]}${times === 1 ? '' : `, thresholds x ${times}`}`);

export const peerSide: Side = {
  name: 'Evidently',
  points: [...pointsOf('column'), ...pointsOf('dataset')],
  watch: (trained, holdout) => watcherOf(followPeer(trained.slice(-holdout), trained)),
};

const watcherOf = (its: Follower): Watcher => ({
  hour(rows) {
    const { column, dataset } = its.hour(rows);
    return [column, dataset].flatMap((severity) => TIMES.map((times) => severity >= times));
  },
  copy: () => watcherOf(its.copy()),
});

/** How far a day's rows are from a reference by each rule, as multiples of its thresholds: from 1 on it alarms. */
export interface Severity {
  /** Any column has drifted. */
  column: number;
  /** Half of the columns have. */
  dataset: number;
}

/**
 * Evidently's default rules for a window of a day, from counts and sums in fine bins of the reference: exact but for a
 * bin in which the distributions cross. Rows without a value are left out, as it leaves them out.
 */
export interface Follower {
  hour(rows: HourRows): Severity;
  copy(): Follower;
}

export function followPeer(reference: readonly HourRows[], hours: readonly HourRows[] = []): Follower {
  const measures = columns.map((_, c) => measureOf(c, reference));
  const windows = measures.map((measure) => emptyWindow(measure.bins));
  const before = hours.slice(-WINDOW_HOURS);
  for (const rows of before) measures.forEach((measure, c) => move(windows[c]!, measure.count(rows[c]!)));
  return follow(measures, windows);
}

/** The columns that it finds drifted in a day's rows. */
export const driftedColumns = (reference: readonly HourRows[], hours: readonly HourRows[]): string[] =>
  columns
    .filter((_, c) => {
      const measure = measureOf(c, reference);
      const window = emptyWindow(measure.bins);
      for (const rows of hours) move(window, measure.count(rows[c]!));
      return measure.severity(window.sum) >= 1;
    })
    .map(({ name }) => name);

const follow = (measures: readonly Measure[], windows: readonly Window[]): Follower => ({
  hour(rows) {
    const severities = measures.map((measure, c) => {
      move(windows[c]!, measure.count(rows[c]!));
      return measure.severity(windows[c]!.sum);
    });
    severities.sort((a, b) => b - a);
    return { column: severities[0]!, dataset: severities[Math.ceil(DRIFTED_SHARE * severities.length) - 1]! };
  },
  copy: () => follow(measures, windows.map(({ hours, sum }) => ({ hours: [...hours], sum: copyOf(sum) }))), // prettier-ignore
});

/** A column's rows of the last day, by hour and in all. */
interface Window {
  hours: Counted[];
  sum: Counted;
}

/** Values of an hour in fine bins. */
interface Counted {
  rows: number;
  counts: Float64Array;
  sums: Float64Array;
}
interface Measure {
  bins: number;
  count(values: Float64Array): Counted;
  /** How far a window is, as a multiple of the threshold. */
  severity(window: Counted): number;
}

const countedNothing = (bins: number): Counted => ({
  rows: 0,
  counts: new Float64Array(bins),
  sums: new Float64Array(bins),
});
const emptyWindow = (bins: number): Window => ({ hours: [], sum: countedNothing(bins) });
const copyOf = ({ rows, counts, sums }: Counted): Counted => ({ rows, counts: counts.slice(), sums: sums.slice() });

/** Adds the newest hour of a window, and takes away the one that is a day old. */
function move({ hours, sum }: Window, newest: Counted): void {
  hours.push(newest);
  add(sum, newest, 1);
  if (hours.length > WINDOW_HOURS) add(sum, hours.shift()!, -1);
}

function add(into: Counted, { rows, counts, sums }: Counted, times: 1 | -1): void {
  into.rows += times * rows;
  for (let bin = 0; bin < counts.length; bin++) {
    into.counts[bin]! += times * counts[bin]!;
    into.sums[bin]! += times * sums[bin]!;
  }
}

/** A p-value as a multiple of the threshold: twice as large a gap is one of the fourth power. */
const severityOf = (p: number): number => Math.sqrt(Math.log(Math.min(1, Math.max(p, 1e-300))) / Math.log(SMALL_P));

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
  const bins = edges.length + 1;
  const count = (numbers: Float64Array): Counted => {
    const counted = countedNothing(bins);
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
      const counts = new Float64Array(bins);
      for (const value of numbers) counts[places.get(value) ?? 0]!++;
      return { rows: numbers.length, counts, sums: counts };
    };
    const levels = ofLevels(values);
    return { bins, count: ofLevels, severity: (window) => levelsSeverity(levels, window, few) };
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const floor = Math.max(deviation, 0.001);
  const severity = (now: Counted): number => {
    if (now.rows === 0) return 0;
    if (few) return severityOf(ksP(gapOf(before, now), before.rows, now.rows));
    return wasserstein(before, now, edges) / floor / LARGE_DISTANCE;
  };
  return { bins, count, severity };
}

function gapOf(before: Counted, now: Counted): number {
  let [gap, largest] = [0, 0];
  for (let bin = 0; bin < before.counts.length; bin++) {
    gap += before.counts[bin]! / before.rows - now.counts[bin]! / now.rows;
    largest = Math.max(largest, Math.abs(gap));
  }
  return Math.min(1, largest);
}

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

function levelsSeverity(before: Counted, now: Counted, few: boolean): number {
  if (now.rows === 0) return 0;
  const shares = Array.from(before.counts, (count, i) => [count / before.rows, now.counts[i]! / now.rows] as const);
  const seen = shares.filter(([a, b]) => a + b > 0);
  if (few) {
    if (seen.length <= 2) return severityOf(proportionsP(seen[0]?.[0] ?? 1, before.rows, seen[0]?.[1] ?? 1, now.rows));
    // The reference's shares are taken for the truth.
    const statistic = seen.reduce((sum, [a, b]) => sum + (now.rows * (a - b) ** 2) / a, 0);
    return severityOf(chiSquaredTail(statistic, seen.length - 1));
  }
  const half = (share: number, middle: number): number => (share > 0 ? (share * Math.log(share / middle)) / 2 : 0);
  const divergence = seen.reduce((sum, [a, b]) => sum + half(a, (a + b) / 2) + half(b, (a + b) / 2), 0);
  return Math.sqrt(Math.max(0, divergence)) / LARGE_DISTANCE;
}

function proportionsP(a: number, rowsA: number, b: number, rowsB: number): number {
  const share = (a * rowsA + b * rowsB) / (rowsA + rowsB);
  const error = Math.sqrt(share * (1 - share) * (1 / rowsA + 1 / rowsB));
  return error > 0 ? chiSquaredTail(((a - b) / error) ** 2, 1) : 1;
}
