import type { Pipeline } from '../declaration/pipeline.ts';
import type { Instant } from '../time/time.ts';

export interface Labelling {
  asOf: Instant;
  maturesAfter: string;
  /** binary unless said. */
  kind?: Pipeline['label']['kind'];
  /** null: a row without a fact has no label, and is left out. */
  whenAbsent: number | null;
}

/** Label facts in Perennial's own database: append-only, each version once. */
export interface Labels {
  /**
   * Copies the facts of a part's file in, in short transactions. A fact that is new is known since it was observed; one
   * with another value than before is a version known since `knownAt`. Returns how many rows it wrote. What was begun in
   * the database ends with `signal`.
   */
  ingest(pipeline: string, part: { id: string; file: string }, knownAt: Instant, signal?: AbortSignal): Promise<number>;
  /** Those of these parts of which all facts are in. */
  ingested(parts: string[]): Promise<string[]>;
}
