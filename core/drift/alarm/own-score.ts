import { SCORE, type Binning } from '../../data/profiles/binning.ts';
import type { Profile } from '../../data/profiles/profile.ts';
import { contrastsOf, isConstant, type Contrast } from './contrasts.ts';
import { HOURS } from './season.ts';
import { emptyContrast, type AlarmState, type ContrastState, type Past } from './state/state.ts';

/** So long it serves before it is told how far hours are from what is usual: each day of a week is known then. */
const LEARNS_HOURS = 7 * HOURS;
/** And before what is unusual is an alarm. */
const JUDGES_HOURS = 21 * HOURS;

/**
 * The contrasts of a version's scores. Its scores of rows that it learnt from are surer than those of others, and its holdout
 * is a few days, so what is usual for it is learnt from what it served alone.
 */
export const contrastsOfScore = (binning: Binning, reference: Profile): Contrast[] =>
  contrastsOf(binning, reference, [SCORE])
    .filter((contrast) => contrast.of !== 'nulls' && !isConstant(contrast))
    .map((contrast) => ({ ...contrast, ofScore: true }));

/** Whether anything is expected of the next hours, if enough of the past ones had rows. */
export const isKnown = ({ ofScore }: Contrast, { past: { served = 0 } }: ContrastState): boolean =>
  !ofScore || served >= LEARNS_HOURS;

/** Whether it can raise an alarm yet. */
export const isJudged = ({ ofScore }: Contrast, { past: { served = 0 } }: ContrastState): boolean =>
  !ofScore || served >= JUDGES_HOURS;

/** Counts a quiet hour, in place; those before its first rows do not count. */
export function countServed(past: Past): void {
  if (past.season.hours > 0) past.served = (past.served ?? 0) + 1;
}

/** Lets a version's scores be learnt from the next hours on, in place. */
export function beginScore(state: AlarmState, contrasts: readonly Contrast[]): void {
  for (const { id, of, ofScore } of contrasts) {
    if (!ofScore || state.contrasts[id]) continue;
    const { past, now } = emptyContrast();
    state.contrasts[id] = { past: of === 'spread' ? { ...past, aroundMean: true } : past, now };
  }
}
