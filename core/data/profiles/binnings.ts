import type { Binning, ColumnBins } from './binning.ts';

export interface Binnings {
  /** The pipeline's current binning. */
  current(pipeline: string): Promise<Binning | null>;
  /** Newest first. */
  list(pipeline: string): Promise<Binning[]>;
  /** Makes these bins the pipeline's current ones. */
  record(pipeline: string, columns: Record<string, ColumnBins>): Promise<Binning>;
}
