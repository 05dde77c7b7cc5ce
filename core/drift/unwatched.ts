import type { Instant } from '../time/time.ts';
import type { Verdict } from './verdict.ts';

/** Checks in a row that could not tell of drift. */
export interface Unwatched {
  since: Instant;
  /** Whether a check before them could. */
  toldBefore: boolean;
}

type Check = Pick<Verdict, 'asOf' | 'abstained' | 'unsure'>;

/** @param before the check before, whether or not it could tell; null: this is the pipeline's first */
export function unwatchedBy(check: Check, before: (Check & Pick<Verdict, 'unwatched'>) | null): Unwatched | undefined {
  if (canTell(check)) return undefined;
  if (before === null) return { since: check.asOf, toldBefore: false };
  if (canTell(before)) return { since: check.asOf, toldBefore: true };
  return before.unwatched ?? { since: before.asOf, toldBefore: false };
}

const canTell = ({ abstained, unsure }: Check): boolean => abstained === null && unsure === undefined;
