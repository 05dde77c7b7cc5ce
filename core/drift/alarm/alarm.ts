import type { Profile } from '../../data/profiles/profile.ts';
import { HOUR, instant, type Instant } from '../../time/time.ts';
import { sumsOf, type Change, type Contrast, type Sums } from './contrasts.ts';
import { decide, lookAt } from './judge-hour.ts';
import { learn } from './learning.ts';
import { FEWEST_HOURS, modelOf, type Model } from './model.ts';
import { normalQuantile } from './quantile.ts';
import { perHour } from './rate.ts';
import { addHour, hourOfWeek } from './season.ts';
import { copyOf, emptyContrast, WINDOWS, type AlarmState, type Now } from './state.ts';

/** Hours are settled when they are this old: what was served late is in them by then. */
export const SETTLES_HOURS = 6;
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
}

/**
 * The part of the allowed rate that is spent: rows of one customer and means that wander have longer tails than a past of
 * some weeks shows. By `npm run bench -- alarms`.
 */
const SPENT = 0.2;

/** What a verdict says of its alarm: the columns behind it, none if nothing is unusual. */
export interface Alarm {
  /** How often it is false, at most. */
  rate: string;
  raised: ColumnAlarm[];
}

/** How many standard errors of one window of one contrast are an alarm: each look gets its part of what is allowed. */
export const errorsAllowed = (contrasts: readonly Contrast[], rate: string): number =>
  normalQuantile((SPENT * perHour(rate)) / (Math.max(1, contrasts.length) * WINDOWS.length));

/** Adds an hour that was served, with rows or without, to the past, in place. */
export function settle(state: AlarmState, contrasts: readonly Contrast[], normal: number, hour: HourSums) {
  const open = new Set<string>();
  for (const { id, column } of contrasts) if (state.contrasts[id]?.now.open) open.add(column);
  contrasts.forEach(({ id, column, share }, i) => {
    const { past, now } = (state.contrasts[id] ??= emptyContrast());
    const sums = hour.sums[i]!;
    const model = modelOf(past, share, normal);
    const looks = model && lookAt(now, model, hour.time, sums);
    if (looks) decide(now, model, hour.time, looks);
    // What an alarm is about is not part of quiet times.
    if (open.has(column) || now.open) return;
    if (looks && sums.rows > 0) learn(past, looks, model.limits);
    addHour(past.season, hourOfWeek(hour.time), sums);
  });
  state.upTo = instant(hour.time + HOUR);
}

/** Whether enough hours have passed that something is expected of the next. */
export const knowsEnough = ({ contrasts }: AlarmState): boolean =>
  Object.values(contrasts).some(({ past }) => past.season.hours >= FEWEST_HOURS);

/** Judges hours that follow a state, which stays as it is: they may still change, and say nothing about the past yet. */
export function judgeHours(state: AlarmState, contrasts: readonly Contrast[], normal: number) {
  const all = contrasts.flatMap((contrast, i): { contrast: Contrast; i: number; model: Model; before: Now }[] => {
    const its = state.contrasts[contrast.id];
    const model = its && modelOf(its.past, contrast.share, normal);
    return model ? [{ contrast, i, model, before: its.now }] : [];
  });
  return (hours: readonly HourSums[]): ColumnAlarm[] =>
    all.flatMap(({ contrast: { column, of }, i, model, before }) => {
      const now = copyOf(before);
      for (const { time, sums } of hours) decide(now, model, time, lookAt(now, model, time, sums[i]!));
      if (!now.open) return [];
      const { direction, since, raisedAt } = now.open;
      return [{ column, of, direction, since: instant(since), raisedAt: instant(raisedAt) }];
    });
}
