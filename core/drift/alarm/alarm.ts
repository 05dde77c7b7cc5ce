import type { Profile } from '../../data/profiles/profile.ts';
import { HOUR, instant, type Instant } from '../../time/time.ts';
import { canStep, sumsOf, type Change, type Contrast, type Sums } from './contrasts.ts';
import { addRows, decide, looksOf } from './judge-hour.ts';
import { learn, learnMoves } from './learning/hours.ts';
import { hoursNeeded, modelOf, type Allowed, type Model } from './model.ts';
import { beginScore, countServed, isJudged, isKnown } from './own-score.ts';
import { normalQuantile } from './quantile.ts';
import { perHour } from './rate.ts';
import type { Findable } from './findable.ts';
import { addHour, hourOfWeek } from './season.ts';
import { seenBy } from './spread.ts';
import { raisedTogether, watchTogether } from './together.ts';
import { copyOf, emptyContrast, emptyTogether, WINDOWS, type AlarmState } from './state/state.ts';

/**
 * Hours are settled when they are this old. What was served late is in them by then, and the day after them has shown
 * whether a drift began with them.
 */
export const SETTLES_HOURS = 30;
/** So many are settled by one look at the hours after them. */
const AT_ONCE = 6;

/** The rows of one hour. */
export interface HourProfile {
  hour: Instant;
  profile: Profile;
}
/** The same, in contrasts. */
export interface HourSums {
  time: number;
  /** In the order of the contrasts. */
  sums: Sums[];
}
export const hourSums = (contrasts: readonly Contrast[], { hour, profile }: HourProfile): HourSums => ({
  time: Date.parse(hour),
  sums: contrasts.map((contrast) => sumsOf(contrast, profile)),
});

export interface ColumnAlarm {
  column: string;
  of: Change;
  direction: 'higher' | 'lower';
  since: Instant;
  raisedAt: Instant;
  /** It is little by itself: what is unusual is how many columns are off. */
  together?: true;
}

/**
 * The part of the allowed rate that is spent: rows of one customer and means that wander have longer tails than a past of
 * some weeks shows. By `npm run bench -- alarms`.
 */
const SPENT = 0.2;
/**
 * Where an alarm waits for a second hour, one in so many looks that are past a limit by chance raises one: that hour must
 * follow, windows share their hours, and an alarm lasts. Played with independent hours, at limits from 3 to 3.9.
 */
const LOOKS_AN_ALARM = 15;

/**
 * All columns together are allowed so many besides. Looks past their limit are a day's or a week's: one in so many raises an
 * alarm.
 */
const [TOGETHER_SPENT, TOGETHER_LOOKS] = [0.1, 8];
/** However many are allowed, no look is past it more often by chance. */
const MOST_TOGETHER = 0.01;

/** Steps of means that wander are allowed so many besides. */
const STEPS_SPENT = 0.4;
/**
 * They are watched for where no more than one alarm a week is allowed. With limits that are nearer, one of the hours that may
 * have begun a step is past them most of the time.
 */
const STEPS_UP_TO = perHour('1 a week');
/** Of a pipeline with few columns of numbers the score's part is this at most, so that all parts stay below what is allowed. */
const FEWEST_PARTS = 4;
/**
 * An hour raises so many times as many alarms about them as one is past a limit by chance: any may have begun one. Played as
 * above, up to 4.5.
 */
const ALARMS_A_LOOK = 6;

/** What a verdict says of its alarm: the columns behind it, none if nothing is unusual. */
export interface Alarm {
  /** How often it is false, at most. */
  rate: string;
  raised: ColumnAlarm[];
  /** What it would find within a week, at the traffic of the window; absent in verdicts of earlier releases. */
  finds?: Findable[];
}

/**
 * How many standard errors of one window of one contrast are an alarm: each look gets its part of what is allowed, and each
 * column of numbers its part for steps. The score gets what a column of numbers does, on top, but no more than a quarter for steps.
 */
export function errorsAllowed(contrasts: readonly Contrast[], rate: string): Allowed {
  const inputs = contrasts.filter(({ ofScore }) => !ofScore);
  const ofLook = (SPENT * perHour(rate)) / (Math.max(1, inputs.length) * WINDOWS.length);
  const columns = inputs.filter(canStep).length;
  const ofStep = (parts: number) => normalQuantile((STEPS_SPENT * perHour(rate)) / (ALARMS_A_LOOK * parts));
  const [ofColumn, ofItsScore] = [ofStep(Math.max(1, columns)), ofStep(Math.max(FEWEST_PARTS, columns))];
  return {
    atOnce: normalQuantile(ofLook),
    often: normalQuantile(LOOKS_AN_ALARM * ofLook),
    together: normalQuantile(2 * Math.min(MOST_TOGETHER, TOGETHER_LOOKS * TOGETHER_SPENT * perHour(rate))),
    steps:
      perHour(rate) > STEPS_UP_TO
        ? {}
        : Object.fromEntries(contrasts.filter(canStep).map(({ id, ofScore }) => [id, ofScore ? ofItsScore : ofColumn])),
  };
}

/** What is expected of the next hours, in the order of the contrasts; null: too little is known. */
type Models = readonly (Model | null)[];
const modelsOf = (state: AlarmState, contrasts: readonly Contrast[], allowed: Allowed): Models =>
  contrasts.map((contrast) => {
    const its = state.contrasts[contrast.id];
    return its && isKnown(contrast, its) ? modelOf(its.past, contrast, allowed) : null;
  });

/** The models, and who watches all columns by them. */
interface Modelled {
  models: Models;
  watched: ReturnType<typeof watchTogether>;
}

/**
 * Adds an hour that was served, with rows or without, to the past, in place.
 * @param drifting columns about which alarms since this hour, or before, were raised later
 */
function settle(
  state: AlarmState,
  contrasts: readonly Contrast[],
  { models, watched }: Modelled,
  hour: HourSums,
  drifting: readonly string[],
): void {
  const together = (state.together ??= emptyTogether());
  const open = new Set([...drifting, ...(together.open ?? []).map(({ column }) => column)]);
  for (const { id, column } of contrasts) if (state.contrasts[id]?.now.open) open.add(column);
  contrasts.forEach((contrast, i) => {
    const { id, column, ofScore } = contrast;
    const its = (state.contrasts[id] ??= emptyContrast());
    const { past, now } = its;
    const judged = isJudged(contrast, its);
    const [sums, model] = [hour.sums[i]!, models[i]];
    const [before, wasOpen] = [{ ...now.windows[0]! }, now.open !== null];
    if (model) addRows(now, model, hour.time, sums);
    // Before it is decided: an alarm that ends empties its windows.
    const looks = model && looksOf(now, model);
    if (model && judged) decide(now, model, hour.time);
    // What an alarm is about is not part of quiet times, and scores follow any column.
    if (now.open || (ofScore ? open.size > 0 : open.has(column))) return;
    if (looks && sums.rows > 0) {
      const which = judged ? 'quiet' : 'all';
      learn(past, looks, model!, which);
      if (!wasOpen && canStep(contrast)) learnMoves(past, before, now, model!, which);
    }
    addHour(past.season, hourOfWeek(hour.time), sums);
    if (ofScore) countServed(past);
  });
  const nows = contrasts.map(({ id }) => state.contrasts[id]!.now);
  watched.decide(together, nows, hour.time);
  if (open.size === 0 && !together.open) watched.learn(together, nows);
  state.upTo = instant(hour.time + HOUR);
}

/** How many hours with rows are known, and of how many something is expected of the next; of what is known best. */
export function knownHours({ contrasts }: AlarmState): { known: number; needed: number } {
  const all = Object.values(contrasts).map(({ past: { season } }) => ({
    known: season.hours,
    needed: hoursNeeded(season),
  }));
  const none = { known: 0, needed: 1 };
  return all.reduce((best, one) => (one.known - one.needed > best.known - best.needed ? one : best), all[0] ?? none);
}
export function knowsEnough(state: AlarmState): boolean {
  const { known, needed } = knownHours(state);
  return known >= needed;
}

/**
 * Judges the hours that follow a state, all of them in order, and settles those that are old enough, in place. It pauses
 * now and then, and returns the alarms that last at the end.
 */
export function* judgeNext(
  state: AlarmState,
  contrasts: readonly Contrast[],
  allowed: Allowed,
  served: readonly HourSums[],
): Generator<void, ColumnAlarm[]> {
  beginScore(state, contrasts);
  const hours = served.map((hour) => seenBy(state, contrasts, hour));
  const modelled = () => {
    const models = modelsOf(state, contrasts, allowed);
    return { models, watched: watchTogether(contrasts, models, allowed) };
  };
  let its = modelled();
  for (let from = 0; ; yield) {
    const next = hours.slice(from, from + SETTLES_HOURS + AT_ONCE);
    const raised = judgeHours(state, contrasts, its, next);
    for (const hour of next.slice(0, Math.max(0, next.length - SETTLES_HOURS))) {
      const began = raised.filter(({ since }) => Date.parse(since) <= hour.time).map(({ column }) => column);
      settle(state, contrasts, its, hour, began);
      if (++from + SETTLES_HOURS < hours.length) its = modelled();
    }
    if (from + SETTLES_HOURS >= hours.length) return raised;
  }
}

/** Judges hours that follow a state, which stays as it is: they may still change, and say nothing about the past yet. */
function judgeHours(
  state: AlarmState,
  contrasts: readonly Contrast[],
  { models, watched }: Modelled,
  hours: readonly HourSums[],
): ColumnAlarm[] {
  const nows = contrasts.map((contrast, i) => {
    const its = state.contrasts[contrast.id];
    return its && models[i] && isJudged(contrast, its) ? copyOf(its.now) : null;
  });
  const { errors, beyond, open } = state.together ?? emptyTogether();
  const together = { errors, beyond, open: open && [...open] };
  for (const { time, sums } of hours) {
    nows.forEach((now, i) => {
      if (!now) return;
      addRows(now, models[i]!, time, sums[i]!);
      decide(now, models[i]!, time);
    });
    watched.decide(together, nows, time);
  }
  const raised = nows.flatMap((now, i): ColumnAlarm[] => {
    if (!now?.open) return [];
    const { column, of } = contrasts[i]!;
    const { direction, since, raisedAt } = now.open;
    return [{ column, of, direction, since: instant(since), raisedAt: instant(raisedAt) }];
  });
  return [...raised, ...raisedTogether(together).filter((one) => raised.every(({ column }) => column !== one.column))];
}
