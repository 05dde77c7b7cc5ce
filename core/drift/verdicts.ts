import type { Verdict } from './verdict.ts';
import type { Instant } from '../time/time.ts';

export interface Verdicts {
  /** Stores a verdict once per pipeline and moment; returns the one kept. */
  record(verdict: Verdict): Promise<Verdict>;
  /** The newest verdict before `asOf` that did not abstain. */
  previous(pipeline: string, asOf: Instant): Promise<Verdict | null>;
  attachReport(id: string, reportKey: string): Promise<void>;
  /** Newest first. */
  list(pipeline: string, limit: number): Promise<Verdict[]>;
  /** Throws VERDICT_UNKNOWN. */
  get(pipeline: string, id: string): Promise<Verdict>;
}
