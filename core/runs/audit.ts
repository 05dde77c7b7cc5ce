import type { Way } from '../access/actor.ts';

/** Who did what: for changes that are not a row of Perennial's own database, which write theirs in one transaction. */
export interface Audit {
  record(entry: AuditEntry): Promise<void>;
}

export interface AuditEntry {
  who: string;
  /** Absent for loops, which act by themselves. */
  from?: Way | undefined;
  action: string;
  /** null: it concerns the installation. */
  pipeline: string | null;
  details: object;
}
