import { contentId } from '../../base/ids.ts';

/**
 * A pipeline's bins per column. Binning belongs to the pipeline and not to a model version, so counts of hours,
 * versions and replicas add up.
 */
export interface Binning {
  /** The content hash of `columns`. */
  id: string;
  columns: Record<string, ColumnBins>;
}

/**
 * Numbers: bin i holds edges[i-1] <= x < edges[i], so k edges make k + 1 bins. A value that holds more than a bin's
 * share has a bin of its own, between itself and the next larger float.
 * Categories and booleans: bin i holds levels[i]; one more bin holds every other level.
 */
export type ColumnBins = { kind: 'number'; edges: number[] } | { kind: 'category'; levels: string[] };

/** The column under which a profile counts the model's scores. */
export const SCORE = '_score';

/** The squares of larger numbers do not add up to a number. */
export const LARGEST = 1e140;
/** Whether bins count a value as a number: one that is missing, infinite or absurdly large counts as null. */
export const isCountable = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= LARGEST;

/** About this many bins: fine enough for KS, and grouped to ten for the other distances. */
const BINS = 64;
const MOST_LEVELS = 50;

/** Bins of equal share over a sample; a value that holds more than a bin's share gets a bin of its own. */
export function makeBins(sample: Float64Array): ColumnBins {
  const values = sample.filter(Number.isFinite).sort();
  const share = values.length / BINS;
  const edges = new Set<number>(); // in rising order, as values are
  let inBin = 0;
  for (let start = 0, end = 0; start < values.length; start = end) {
    const value = values[start]!;
    while (end < values.length && values[end] === values[start]) end++;
    const rows = end - start;
    if (rows > Math.max(share, 1)) {
      edges.add(value);
      edges.add(nextUp(value));
      inBin = 0;
      continue;
    }
    if (inBin > 0 && inBin >= share) {
      edges.add(value);
      inBin = 0;
    }
    inBin += rows;
  }
  edges.delete(Infinity); // nothing is above the largest number, and JSON cannot write Infinity
  return { kind: 'number', edges: [...edges] };
}

/** A bin for each of the 50 most frequent levels; the rest share one. */
export function categoryBins(levels: readonly { level: string; rows: number }[]): ColumnBins {
  const byRows = [...levels].sort((a, b) => b.rows - a.rows || (a.level < b.level ? -1 : 1));
  return { kind: 'category', levels: byRows.slice(0, MOST_LEVELS).map(({ level }) => level) };
}

/** Both levels: the first `true` of a column that was always false is not an unknown level. */
export const booleanBins = (): ColumnBins => ({ kind: 'category', levels: ['false', 'true'] });

/** Bin i holds hour i. */
export const hourBins = (): ColumnBins => ({ kind: 'number', edges: Array.from({ length: 23 }, (_, i) => i + 1) });

/**
 * Fixed for all pipelines and versions, so any two versions' scores can be compared: 63 edges equally spaced in
 * logit from -8 to 8, since a model of a rare label crowds its scores near 0.
 */
export function scoreBins(): ColumnBins {
  const edges = Array.from({ length: BINS - 1 }, (_, i) => 1 / (1 + Math.exp(8 - (16 * i) / (BINS - 2))));
  return { kind: 'number', edges: edges.map((edge) => Number(edge.toPrecision(12))) };
}

/** A pipeline's binning of these columns and of the score. */
export function makeBinning(columns: Record<string, ColumnBins>): Binning {
  const withScore = { ...columns, [SCORE]: columns[SCORE] ?? scoreBins() };
  return { id: contentId(withScore), columns: withScore };
}

export const binCount = (bins: ColumnBins): number =>
  bins.kind === 'number' ? bins.edges.length + 1 : bins.levels.length + 1;

/** The bin that holds `value`: the number of edges not above it. */
export function binOfNumber(edges: ArrayLike<number>, value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const bits = new DataView(new ArrayBuffer(8));

/** The next larger double: nextUp(1) // => 1.0000000000000002. The bits of doubles of one sign are in their order. */
export function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE; // -0 too
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}
