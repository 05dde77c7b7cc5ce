import { isConstant, type Contrast } from './contrasts.ts';
import { findable, isBlind } from './findable.ts';
import { modelOf, type Allowed } from './model.ts';
import type { AlarmState } from './state/state.ts';

/** Why no large change of a column would be found. */
export interface Blind {
  column: string;
  /**
   * constant: the bins know one value. unknown: rows of too few hours are known.
   * levels: nearly all rows have levels that the bins do not know. restless: hours differ by more than that. rows: the
   * rows of a week are too few.
   */
  why: 'constant' | 'unknown' | 'levels' | 'restless' | 'rows';
}

/** So many that chance hides nothing. */
const MANY_ROWS = 1e9;
/** With more rows of other levels, those of known ones are too few for a large change. */
const MOST_UNKNOWN = 0.7;

/** Of each column why an alarm that is blind does not find its changes. */
export function whyBlind(state: AlarmState, contrasts: readonly Contrast[], allowed: Allowed): Blind[] {
  const modelIn = (contrast: Contrast) => {
    const past = state.contrasts[contrast.id]?.past;
    return past ? modelOf(past, contrast, allowed) : null;
  };
  return findable(state, contrasts, allowed, MANY_ROWS).map((found): Blind => {
    const { column } = found;
    if (!isBlind([found])) return { column, why: 'rows' };
    const its = contrasts.filter((one) => one.column === column && (one.of === 'location' || one.of === 'levels'));
    if (its.every(isConstant)) return { column, why: 'constant' };
    if (its.some((one) => !isConstant(one) && modelIn(one) === null)) return { column, why: 'unknown' };
    const isUnknown = (one: Contrast): boolean => one.ofUnknown === true && modelIn(one)!.season.mean > MOST_UNKNOWN;
    return { column, why: its.some(isUnknown) ? 'levels' : 'restless' };
  });
}
