/** Who did what: for changes that are not a row of Perennial's own database, which write theirs in one transaction. */
export interface Audit {
  record(entry: { who: string; action: string; pipeline: string; details: object }): Promise<void>;
}
