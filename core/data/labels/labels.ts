import type { Pipeline } from '../../declaration/pipeline.ts';
import type { Instant } from '../../time/time.ts';

export interface Labelling {
  asOf: Instant;
  maturesAfter: string;
  /** binary by default. */
  kind?: Pipeline['label']['kind'];
  /** For kind class. */
  classes?: readonly string[] | undefined;
  /** null: a row without a fact has no label and is ignored. */
  whenAbsent: number | null;
}

/** What became of the row with this key, and when that was known. */
export interface LabelFact {
  key: string;
  value: number;
  observedAt: Instant;
}

/** Label facts in Perennial's own database: append-only, each version once. */
export interface Labels {
  /**
   * Copies the facts of a part's file in short transactions. A new fact is known since it was observed; a fact with a
   * changed value is a version known since `knownAt`. Returns how many rows it wrote. An abort of `signal` also ends
   * the work in the database.
   */
  ingest(pipeline: string, part: { id: string; file: string }, knownAt: Instant, signal?: AbortSignal): Promise<number>;
  /** Those of these parts whose facts are all stored. */
  ingested(parts: string[]): Promise<string[]>;
}
