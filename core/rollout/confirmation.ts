import type { Finding } from './evidence.ts';

/** What became of a version after it got all traffic. */
export interface Confirmation {
  /**
   * confirmed: proven to lose no more than is allowed, on the rows that it answered. taken back: proven to lose more.
   * unproven: the labels that came did not tell. superseded: somebody changed the traffic meanwhile.
   */
  result: 'confirmed' | 'taken back' | 'unproven' | 'superseded';
  reason: string;
}

/** What a look at the losses since then leads to; null: it waits for more labels. */
export function confirms(finding: Omit<Finding, 'check'>, overdue: boolean): Confirmation | null {
  const { verdict, interval, allowed, says: reason } = finding;
  if (verdict === 'worse') return { result: 'taken back', reason };
  if (interval !== null && interval[1] !== null && interval[1] <= allowed) return { result: 'confirmed', reason };
  return overdue ? { result: 'unproven', reason } : null;
}
