import { canStep, type Contrast, type Sums } from '../contrasts.ts';
import { addRows, errorsOf, looksOf, mostOfSteps, unusualOf, type Look } from '../judge-hour.ts';
import { addToLine } from '../line.ts';
import { modelOf, type Allowed, type Model } from '../model.ts';
import { addHour, emptySeason, HOURS, hourOfWeek, type Season } from '../season.ts';
import { unusual, YOUNG_HOURS } from '../steps/steps.ts';
import { emptyContrast, noMoves, type ContrastState, type Now, type Past, type Window } from '../state/state.ts';

/** One look counts at most so many times the variance: a single incident must not make the past look wild. */
const MOST_ERROR = 16;
const MOST_ERRORS = 8;
/** The share of its limit from which a look may be the beginning of an alarm. */
const BEGINS = 0.6;
/** After so long errors count half: the more that are known, the nearer limits are. */
export const FADES = 0.5 ** (1 / (180 * HOURS));
/** And what was most unusual. */
export const MOST_FADES = 0.5 ** (1 / (60 * HOURS));

/** The rows that a champion learnt from are left out by so many parts, each to be expected by the others. */
const PARTS = 14;
const ROUNDS = 3;
export const NO_ROWS: Sums = { rows: 0, sum: 0, squares: 0 };

/** An hour's rows in one contrast. */
export interface Hour {
  time: number;
  sums: Sums;
}
export const timesOf = (hours: readonly Hour[]): Set<number> => new Set(hours.map(({ time }) => time));
/** The hours, some without their rows. */
export const without = (hours: readonly Hour[], left: ReadonlySet<number>): readonly Hour[] =>
  left.size === 0 ? hours : hours.map((hour) => (left.has(hour.time) ? { ...hour, sums: NO_ROWS } : hour));

/** By part of the hours, what the others say is usual. */
function seasonsOf(hours: readonly Hour[]): { season: Season; part: readonly Hour[] }[] {
  const long = HOURS * Math.ceil(hours.length / HOURS / PARTS);
  return Array.from({ length: Math.ceil(hours.length / long) }, (_, i) => {
    const part = hours.slice(i * long, (i + 1) * long);
    return { season: seasonOf(without(hours, timesOf(part))), part };
  });
}
export function seasonOf(hours: readonly Hour[]): Season {
  const season = emptySeason();
  for (const { time, sums } of hours) addHour(season, hourOfWeek(time), sums);
  return season;
}

/**
 * How far hours are from what is usual is told by a season of the other days, since a season is hardly off from days that
 * made it.
 */
export function learnFrom(contrast: Contrast, allowed: Allowed, hours: readonly Hour[]): ContrastState {
  const seasons = seasonsOf(hours);
  let known = emptyContrast();
  // How unusual an hour was can be told once it is known how far hours are from what is expected.
  for (let round = 0; round < ROUNDS; round++) {
    const next = emptyContrast();
    for (const { season, part } of seasons) {
      const model = modelOf({ ...known.past, season }, contrast, allowed);
      if (!model) continue;
      for (const { time, sums } of part) {
        const before = { ...next.now.windows[0]! };
        addRows(next.now, model, time, sums);
        if (sums.rows === 0) continue;
        learn(next.past, looksOf(next.now, model), model, 'all');
        if (canStep(contrast)) learnMoves(next.past, before, next.now, model, 'all');
      }
    }
    known = next;
  }
  known.past.season = seasonOf(hours);
  return known;
}

/** Of `quiet` hours, what may be the beginning of an alarm tells nothing. */
export function learn(past: Past, looks: readonly (Look | null)[], model: Model, which: 'all' | 'quiet'): void {
  looks.forEach((look, w) => {
    if (!look) return;
    const off = errorsOf(look, model);
    if (which === 'quiet' && off > BEGINS * model.limits[w]!) return;
    const errors = past.errors[w]!;
    const { looks, sizes, squares, second, fourth } = errors;
    const its = Math.min(off, MOST_ERRORS) ** 2;
    const square = Math.min(look.off ** 2, MOST_ERROR * look.variance) * look.size;
    errors.looks = looks * FADES + 1;
    errors.sizes = sizes * FADES + look.size;
    errors.squares = squares * FADES + square;
    errors.second = second * FADES + its;
    errors.fourth = fourth * FADES + its * its;
    errors.most = Math.max(errors.most * MOST_FADES, unusualOf(look, model));
    if (w > 0) return;
    past.squaredSizes = past.squaredSizes * FADES + look.size ** 2;
    past.sizedErrors = past.sizedErrors * FADES + look.size * square;
  });
}

/** The same of how the mean moved since the hour before. */
export function learnMoves(past: Past, before: Window, now: Now, model: Model, which: 'all' | 'quiet'): void {
  const { steps } = now;
  const hour = now.windows[0]!;
  const moves = (past.moves ??= noMoves());
  if (before.rows > 0) {
    const size = 1 / (model.ofRow * (1 / before.rows + 1 / hour.rows));
    const by = hour.off / hour.rows - before.off / before.rows;
    const most = MOST_ERROR * (model.counts / size + 2 * model.between[0]!);
    addToLine(moves.pairs, FADES, size, Math.min(by ** 2, most) * size);
  }
  // Of those that are older the most unusual were kept, so they are more unusual than steps are.
  const young = steps?.starts.filter(({ age }) => age < YOUNG_HOURS) ?? [];
  if (young.length === 0) return;
  const most = mostOfSteps(now, model);
  if (which === 'quiet' && most > BEGINS * model.stepLimit) return;
  let [second, fourth] = [0, 0];
  for (const start of young) {
    const its = Math.min(MOST_ERRORS ** 2, unusual(start));
    second += its;
    fourth += its * its;
  }
  moves.looks = moves.looks * FADES + 1;
  moves.second = moves.second * FADES + second / young.length;
  moves.fourth = moves.fourth * FADES + fourth / young.length;
  moves.squares = moves.squares * FADES + Math.min(MOST_ERRORS ** 2, Math.max(...steps!.starts.map(unusual)));
  moves.most = Math.max(moves.most * MOST_FADES, most);
}
