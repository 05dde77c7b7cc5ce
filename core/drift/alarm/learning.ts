import type { HourSums } from './alarm.ts';
import { canStep, type Contrast, type Sums } from './contrasts.ts';
import { addRows, errorsOf, looksOf, mostOfSteps, unusualOf, type Look } from './judge-hour.ts';
import { addToLine } from './line.ts';
import { modelOf, type Allowed, type Model } from './model.ts';
import { addHour, emptySeason, hourOfWeek, type Season } from './season.ts';
import { sumsAt } from './spread.ts';
import { unusual, YOUNG_HOURS } from './steps/steps.ts';
import { emptyContrast, noMoves, type ContrastState, type Now, type Past, type Window } from './state.ts';

/** One look counts at most so many times the variance: a single incident must not make the past look wild. */
const MOST_ERROR = 16;
const MOST_ERRORS = 8;
/** The share of its limit from which a look may be the beginning of an alarm. */
const BEGINS = 0.6;
const HOURS = 24;
/** After so long errors count half: the more that are known, the nearer limits are. */
const FADES = 0.5 ** (1 / (180 * HOURS));
/** And what was most unusual. */
const MOST_FADES = 0.5 ** (1 / (60 * HOURS));
const NO_ROWS: Sums = { rows: 0, sum: 0, squares: 0 };

/** The rows that a champion learnt from are left out by so many parts, each to be expected by the others. */
const PARTS = 14;
const ROUNDS = 3;

/**
 * What the hours that a champion learnt from tell of one contrast: nothing in them is an alarm. How far they are from
 * what is usual is told by a season of the other days, since a season is hardly off from days that made it.
 */
export function learnContrast(
  contrast: Contrast,
  place: number,
  allowed: Allowed,
  all: readonly HourSums[],
): ContrastState {
  const hours = all.map((hour) => ({ time: hour.time, sums: sumsAt(contrast, place, hour) }));
  const long = HOURS * Math.ceil(hours.length / HOURS / PARTS);
  const seasonBut = (from: number): Season => {
    const season = emptySeason();
    hours.forEach(({ time, sums }, i) =>
      addHour(season, hourOfWeek(time), i >= from && i < from + long ? NO_ROWS : sums),
    );
    return season;
  };
  const seasons = Array.from({ length: Math.ceil(hours.length / long) }, (_, part) => seasonBut(part * long));
  let known = emptyContrast();
  // How unusual an hour was can be told once it is known how far hours are from what is expected.
  for (let round = 0; round < ROUNDS; round++) {
    const next = emptyContrast();
    seasons.forEach((season, part) => {
      const model = modelOf({ ...known.past, season }, contrast, allowed);
      if (!model) return;
      for (const { time, sums } of hours.slice(part * long, (part + 1) * long)) {
        const before = { ...next.now.windows[0]! };
        addRows(next.now, model, time, sums);
        if (sums.rows === 0) continue;
        learn(next.past, looksOf(next.now, model), model, 'all');
        if (canStep(contrast)) learnMoves(next.past, before, next.now, model, 'all');
      }
    });
    known = next;
  }
  known.past.season = seasonBut(hours.length);
  if (contrast.of === 'spread') known.past.aroundMean = true;
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
