/**
 * A pipeline's bins per column. Binning belongs to the pipeline and not to a model version, so that counts of hours,
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
