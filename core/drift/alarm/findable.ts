import { SCORE } from '../../data/profiles/binning.ts';
import { isConstant, type Contrast } from './contrasts.ts';
import { LEAST_OFF, LEAST_SHARE_OFF, shareSeen } from './judge-hour.ts';
import { modelOf, type Allowed, type Model } from './model.ts';
import { isJudged } from './own-score.ts';
import { normalQuantile } from './quantile.ts';
import { sizeAfter } from './steps/steps.ts';
import { WINDOWS, type AlarmState } from './state/state.ts';

/** From what change on a column's is found within a week; null: none is. */
export interface Findable {
  column: string;
  /** Of a number in standard deviations, of a category in the share of any frequent level, or of new ones. */
  of: 'number' | 'category';
  least: number | null;
  /** Of new levels, which are harder to find than more or fewer rows of any frequent one. */
  newLevels?: true;
}

/** An alarm that finds no column's change of so much is blind: a score that is seen is no reason to trust columns that are not. */
const LARGE = { number: 1, category: 0.3 } as const;
export function isBlind(finds: readonly Findable[]): boolean {
  const columns = finds.filter(({ column }) => column !== SCORE);
  return columns.length > 0 && columns.every(({ of, least }) => least === null || least > LARGE[of]);
}

const WEEK_HOURS = 168;

/** What an alarm finds within a week, if that week has so many rows. */
export function findable(
  state: AlarmState,
  contrasts: readonly Contrast[],
  allowed: Allowed,
  rows: number,
): Findable[] {
  const byColumn = new Map<string, Findable>();
  for (const contrast of contrasts) {
    const { id, column, of } = contrast;
    if (of !== 'location' && of !== 'levels') continue;
    const its = state.contrasts[id];
    if (its && !isJudged(contrast, its)) continue;
    const model = its && modelOf(its.past, contrast, allowed);
    const off = model && !isConstant(contrast) ? leastOff(model, rows) : null;
    const least = off === null ? null : of === 'levels' ? ofLevels(off, model!, contrast) : deviationsOf(off);
    const known = byColumn.get(column);
    const most = least === null || known?.least === null ? null : Math.max(least, known?.least ?? 0);
    const ofNew = most !== null && (most === known?.least ? known?.newLevels : contrast.ofUnknown);
    byColumn.set(column, {
      column,
      of: of === 'levels' ? 'category' : 'number',
      least: most && Number(most.toFixed(3)),
      ...(ofNew && { newLevels: true }),
    });
  }
  return [...byColumn.values()];
}

/** The smallest change of a mean that is past the limit of a window, or of steps. */
function leastOff({ share, ofRow, counts, between, limits, wander, stepLimit }: Model, rows: number): number | null {
  const least = share ? LEAST_SHARE_OFF : LEAST_OFF * Math.sqrt(ofRow);
  const offs = WINDOWS.flatMap((hours, w) => {
    const inWindow = (rows * hours) / WEEK_HOURS;
    if (inWindow < 1) return [];
    const deviation = Math.sqrt((counts * ofRow) / inWindow + between[w]!);
    return [(limits[w]! * deviation + least) / shareSeen(w, WEEK_HOURS)];
  });
  if (wander && offs.length > 0)
    offs.push(stepLimit / Math.sqrt(sizeAfter(WEEK_HOURS, wander, { rows: rows / WEEK_HOURS, ofRow })) + least);
  return offs.length === 0 ? null : Math.min(...offs);
}

/** A change of levels of which a share is off by so much. */
function ofLevels(off: number, { season: { mean } }: Model, { ofUnknown }: Contrast): number | null {
  // New levels take the place of those that had no bin before as well, where none of them shows.
  if (ofUnknown) return within(off / (1 - mean), 1);
  return within(off, Math.max(mean, 1 - mean));
}

const within = (off: number, most: number): number | null => (off < most ? off : null);

/** A mean rank that is off by so much, as the shift of a normal column: deviationsOf(0.26) // => 1 */
const deviationsOf = (off: number): number | null => (off < 0.5 ? Math.SQRT2 * normalQuantile(1 - 2 * off) : null);
