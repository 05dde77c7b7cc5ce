import { SCORE, type Binning } from '../../data/profiles/binning.ts';
import type { Profile } from '../../data/profiles/profile.ts';
import { contrastsOf, isConstant, type Contrast } from './contrasts.ts';
import { fadedHours, HOURS, hoursWithRows, type Season } from './season.ts';
import { emptyContrast, type AlarmState, type ContrastState } from './state.ts';

/** Days with rows before it is told how far hours are from what is usual: each day of a week is known then. */
const LEARNS_DAYS = 7;
/** And before what is unusual is an alarm. */
const JUDGES_DAYS = 21;

/**
 * The contrasts of a version's scores. Its scores of rows that it learnt from are surer than those of others, and its holdout
 * is a few days, so what is usual for it is learnt from what it served alone.
 */
export const contrastsOfScore = (binning: Binning, reference: Profile): Contrast[] =>
  contrastsOf(binning, reference, [SCORE])
    .filter((contrast) => contrast.of !== 'nulls' && !isConstant(contrast))
    .map((contrast) => ({ ...contrast, ofScore: true }));

/** Whether it had rows for so many days, in as many hours of each as rows come in. */
const hasDays = (season: Season, days: number): boolean =>
  season.hours > 0 && season.hours >= (hoursWithRows(season) / HOURS) * fadedHours(days * HOURS);

/** Whether anything is expected of the next hours. */
export const isKnown = ({ ofScore }: Contrast, { past: { season } }: ContrastState): boolean =>
  !ofScore || hasDays(season, LEARNS_DAYS);

/** Whether it can raise an alarm yet. */
export const isJudged = ({ ofScore }: Contrast, { past: { season } }: ContrastState): boolean =>
  !ofScore || hasDays(season, JUDGES_DAYS);

/** Lets a version's scores be learnt from the next hours on, in place. */
export function beginScore(state: AlarmState, contrasts: readonly Contrast[]): void {
  for (const { id, of, ofScore } of contrasts) {
    if (!ofScore || state.contrasts[id]) continue;
    const { past, now } = emptyContrast();
    state.contrasts[id] = { past: of === 'spread' ? { ...past, aroundMean: true } : past, now };
  }
}
