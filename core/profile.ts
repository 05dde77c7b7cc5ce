/** Additive statistics of one column in one binning. Sums per bin keep moments exact; a category has none. */
export interface ColumnProfile {
  counts: number[];
  sums: number[];
  squares: number[];
  nulls: number;
}

/** Statistics of a set of rows in one binning: two profiles of the same binning add up. */
export interface Profile {
  binning: string;
  rows: number;
  columns: Record<string, ColumnProfile>;
}
