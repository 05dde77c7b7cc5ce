import { featuresOf, votes } from '../../columns/index.ts';
import { own } from '../../base/own.ts';
import type { Partition } from '../../data/data.ts';
import type { Binning } from '../../data/profiles/binning.ts';
import { addProfiles, emptyProfile, type Profile } from '../../data/profiles/profile.ts';
import type { Pipeline } from '../../declaration/pipeline.ts';
import { DAY, WEEK } from '../../time/time.ts';
import { hourOfWeek } from '../alarm/season.ts';
import { compareColumn, rowsOf } from '../compare.ts';
import { excess, thresholdsOf } from '../distances/index.ts';
import { hourOfPart, hoursByPart, isOfWeekend, weekends, weightedSum, type Weekend } from './parts.ts';

export const reasons = ['declared', 'differs', 'alike', 'covered', 'few'] as const;
/** covered: the window holds them all; few: too few rows or days of the reference to tell, or to compare with. */
export type Reason = (typeof reasons)[number];

/** Whether the window is compared only with rows like its own, and why. */
export interface Choice {
  used: boolean;
  because: Reason;
  /** What differs most. */
  column?: string;
  /** The days that differ; absent: Saturday and Sunday. */
  weekend?: Weekend;
}
export interface LikeRows {
  /** Of the same hours of the day. */
  hours: Choice;
  /** Of weekends or of working days, as many as the window has. */
  days: Choice;
}

/** Rows differ when they are half as far apart as drift would be. */
const APART = 0.5;
const FEWEST_WORKING_DAYS = 3;
/** The share of a window that may have no rows like it in the reference. */
const MOST_UNLIKE = 0.1;

type Compared = Pick<Pipeline, 'columns' | 'drift'>;

/** What can be told before rows are counted by hours or days. */
export function firstChoice({ sameHours }: Pipeline['drift'], { from, to }: Partition): LikeRows {
  const long = Date.parse(to) - Date.parse(from);
  if (sameHours === false) return { hours: not('declared'), days: not('declared') };
  const hours: Choice = sameHours ? { used: true, because: 'declared' } : { used: true, because: 'differs' };
  return {
    hours: long >= DAY ? not('covered') : hours,
    days: long >= WEEK ? not('covered') : { used: true, because: 'differs' },
  };
}

/** Halves of the days of the week, from the first of Sunday. */
export const HALVES = 14;
export function halfOf(time: number): number {
  const { hour, day } = hourOfWeek(time);
  return 2 * day + (hour < 12 ? 0 : 1);
}

/**
 * Whether weekends of the reference differ from its working days: in a half of the day a column is far apart, and each
 * day of the weekend is less like the working days than any of these is like the others. Weekends are Saturday and Sunday,
 * or, where these do not differ, other days that are somewhere.
 */
export function daysDiffer(byHalf: readonly Profile[], pipeline: Compared, binning: Binning): Choice {
  const found = weekends.map((weekend, i): Choice => {
    const choice = weekendDiffers(weekend, byHalf, pipeline, binning);
    return choice.used && i > 0 ? { ...choice, weekend } : choice;
  });
  return found.find(({ used }) => used) ?? found[0]!;
}

function weekendDiffers(weekend: Weekend, byHalf: readonly Profile[], pipeline: Compared, binning: Binning): Choice {
  const found = [0, 1].map((half) => {
    const days = byHalf.filter((_, i) => i % 2 === half).map((profile, day) => ({ profile, day }));
    return halvesDiffer(weekend, days.filter(({ profile }) => profile.rows > 0), pipeline, binning); // prettier-ignore
  });
  if (found.every((apart) => apart === null)) return not('few');
  const [most] = found.flatMap((apart) => apart ?? []).sort((a, b) => b.by - a.by);
  return most ? { used: true, because: 'differs', column: most.column } : not('alike');
}

interface OfDay {
  profile: Profile;
  day: number;
}
/** The columns that differ; null: too few days. */
function halvesDiffer(
  ofWeekend: Weekend,
  days: readonly OfDay[],
  pipeline: Compared,
  binning: Binning,
): Apart[] | null {
  const weekend = days.filter(({ day }) => ofWeekend.includes(day));
  const working = days.filter(({ day }) => !ofWeekend.includes(day));
  if (weekend.length < 2 || working.length < FEWEST_WORKING_DAYS) return null;
  const sum = (of: readonly OfDay[]): Profile =>
    of.map(({ profile }) => profile).reduce(addProfiles, emptyProfile(binning));
  const all = sum(working);
  return differing(pipeline, binning, all, sum(weekend)).filter(({ column }) => {
    const farness = (reference: Profile, { profile }: OfDay): number =>
      farnessOf(pipeline, binning, column, reference, profile) ?? 0;
    const usual = Math.max(...working.map((one) => farness(sum(working.filter((other) => other !== one)), one)));
    return weekend.every((one) => farness(all, one) > usual);
  });
}

export interface Counted {
  pipeline: Compared;
  binning: Binning;
  window: Partition;
  /** The time of the reference's rows. */
  period: Partition;
  all: Profile;
  /** By hour of working days, and of weekends: those of the choice, if it names some. */
  byPart: readonly Profile[];
}

/** Rows of the reference, by how much those of each part of the week count; null: all alike. */
export interface Rows {
  reference: Profile;
  weights: readonly number[] | null;
  /** The weekend that parts tell apart; absent: Saturday and Sunday. */
  weekend?: Weekend;
}

/** The rows of the reference that are like the window's: of its hours if wanted and of its days, if enough remain. */
export function likeRows(counted: Counted, wanted: LikeRows): Rows & { like: LikeRows } {
  const { pipeline, binning, all } = counted;
  const declared = wanted.hours.because === 'declared';
  let { hours, days } = wanted;
  let rows: Rows = { reference: all, weights: null };
  if (hours.used) {
    const found = ofParts(counted, days, true, false);
    const [apart] = declared ? [] : differing(pipeline, binning, all, found?.reference ?? emptyProfile(binning));
    if (!found && !declared) hours = not('few');
    else if (!declared && !apart) hours = not('alike');
    else {
      if (apart) hours = { ...hours, column: apart.column };
      rows = found ?? sumOf(counted, days, true, false);
    }
  }
  if (days.used) {
    const found = ofParts(counted, days, hours.used || hours.because === 'covered', true);
    if (found) rows = found;
    else days = not('few');
  }
  return { ...rows, like: { hours, days } };
}

/** null: too few rows remain. */
function ofParts(counted: Counted, days: Choice, byHour: boolean, byKind: boolean): Rows | null {
  const { unlike, ...rows } = sumOf(counted, days, byHour, byKind);
  return unlike <= MOST_UNLIKE && rows.reference.rows >= counted.pipeline.drift.minRows ? rows : null;
}

function sumOf(
  { binning, window, period, byPart }: Counted,
  { weekend }: Choice,
  byHour: boolean,
  byKind: boolean,
): Rows & { unlike: number } {
  const inWindow = hoursByPart(window, weekend);
  const isLike = alike(byHour, byKind);
  const isEmpty = (part: number): boolean => byPart.every((profile, other) => !isLike(part, other) || profile.rows === 0); // prettier-ignore
  const unlike = sumWhere(inWindow, isEmpty) / sumWhere(inWindow, () => true);
  const weights = weightsOf({ window, period, ...(weekend && { weekend }) }, byHour, byKind);
  return { reference: weightedSum(byPart, weights, binning), weights, ...(weekend && { weekend }), unlike };
}

const alike =
  (byHour: boolean, byKind: boolean) =>
  (part: number, other: number): boolean =>
    (!byHour || hourOfPart(part) === hourOfPart(other)) && (!byKind || isOfWeekend(part) === isOfWeekend(other));

const sumWhere = (hours: readonly number[], which: (part: number) => boolean): number =>
  hours.reduce((total, its, part) => (which(part) ? total + its : total), 0);

/** By how much rows of each part of the week count. */
export function weightsOf(
  { window, period, weekend }: Pick<Counted, 'window' | 'period'> & Pick<Rows, 'weekend'>,
  byHour: boolean,
  byKind: boolean,
) {
  const [inWindow, inPeriod] = [hoursByPart(window, weekend), hoursByPart(period, weekend)];
  const isLike = alike(byHour, byKind);
  return inWindow.map((_, part) => {
    const held = sumWhere(inWindow, (other) => isLike(part, other));
    const days = byKind ? sumWhere(inPeriod, (other) => isOfWeekend(other) === isOfWeekend(part)) : 1;
    return days > 0 ? held / days : 0;
  });
}

interface Apart {
  column: string;
  by: number;
}
/** The columns in which rows are far apart, the farthest first. */
const differing = (pipeline: Compared, binning: Binning, reference: Profile, current: Profile): Apart[] =>
  Object.entries(featuresOf(pipeline.columns))
    .filter(([, column]) => votes(column))
    .map(([column]) => ({ column, by: farnessOf(pipeline, binning, column, reference, current) ?? 0 }))
    .filter(({ by }) => by >= APART)
    .sort((a, b) => b.by - a.by);

/** As a multiple of what drift would be; null: a side has no rows. */
function farnessOf({ drift }: Compared, binning: Binning, column: string, reference: Profile, current: Profile) {
  const bins = own(binning.columns, column);
  const [before, after] = [own(reference.columns, column), own(current.columns, column)];
  if (!bins || !before || !after || rowsOf(before) === 0 || rowsOf(after) === 0) return null;
  const thresholds = thresholdsOf(drift, column);
  const comparison = { column, bins, reference: before, current: after, thresholds, votes: true, weight: 1 };
  return excess(compareColumn(comparison).distances, thresholds);
}

const not = (because: Reason): Choice => ({ used: false, because });
