import type { Instant } from '../../time/time.ts';
import type { Finding, PairedLosses } from './evidence.ts';
import { judgePairedLosses } from './judge.ts';

/** What became of a version after it got all traffic. */
export interface Confirmation {
  /**
   * confirmed: proven to lose no more than is allowed, on the rows that it answered. taken back: proven to lose more.
   * unproven: the labels that came did not tell. superseded: the traffic changed meanwhile.
   */
  result: 'confirmed' | 'taken back' | 'unproven' | 'superseded';
  reason: string;
  endedAt: Instant;
}

/** What labels say of a version, `one`, on rows that the former champion, `other`, scored as a shadow. */
export interface Compared extends Omit<Confirmation, 'result' | 'endedAt'> {
  /** null: it waits for more labels. */
  result: 'confirmed' | 'taken back' | null;
  finding: Finding;
}

export function compareByLabels(losses: PairedLosses, allowed: number, alpha: number, former?: string): Compared {
  const finding: Finding = { check: 'losses', ...judgePairedLosses(losses, allowed, alpha, former) };
  const { verdict, interval, says: reason } = finding;
  const high = interval?.[1] ?? Infinity;
  return { result: verdict === 'worse' ? 'taken back' : high <= allowed ? 'confirmed' : null, reason, finding };
}
