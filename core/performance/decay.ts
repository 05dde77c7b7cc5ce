import type { LabelKind } from '../data/labels/label-kinds.ts';
import type { Estimate } from '../sequential/means.ts';
import { DAY, instant, type Instant } from '../time/time.ts';
import { compareMeans, dayOf, type DayOf } from './decay/day-means.ts';
import { lastingOf } from './decay/lasting.ts';
import type { FallenSlice } from './fallen-slices.ts';
import type { FloorCheck } from './floor.ts';
import { addTallies, emptyTally, type Sums, type Tally } from './tally.ts';
import { metricsOfTally } from './tally-metrics.ts';
import type { TallyOfDay } from './performance-days.ts';

/** How far a mean of labelled predictions lies from that of the version's own holdout. */
export interface Shift extends Estimate {
  /** The means themselves; where `firstDays` count, the holdout's is that of both, or of the holdout if that is nearer. */
  live: number;
  holdout: number;
  /** A shift that is surely larger is decay. */
  bearable: number;
  /** All days together lie further off than is bearable, the newest do not. */
  over?: true;
}

/** A class whose share among the labels moved. */
export interface MovedClass extends Shift {
  name: string;
}

/** Whether a version still does, at the inputs that it gets, as well as it promised. */
export interface Concept {
  kind: LabelKind;
  /** The loss or the labels surely lie off what the holdout promised, or the gate's metric lies below its declared floor. */
  decayed: boolean;
  /** The labelled days that were compared with the holdout: since what looks like a fall, otherwise all of four weeks. */
  from: Instant;
  to: Instant;
  days: number;
  rows: number;
  /** How many of the version's first days stood beside the holdout; absent: none. */
  firstDays?: number;
  /** The mean loss, what the scores promised, and the loss on the holdout. */
  loss: { live: number; promised: number; holdout: number };
  /** The loss beyond what the scores promised. */
  excess: Shift;
  /** Labels less scores. */
  bias: Shift;
  /** Of a binary label: the share of positives, which decides nothing. */
  positives?: Shift;
  /** The same of a number: its mean. */
  mean?: Shift;
  /** The same of classes: the shares that surely moved, the furthest first. */
  classes?: MovedClass[];
  /** The day with which the fall most clearly began; null while it is not proven. */
  since: Instant | null;
  /** Where the days can tell. */
  floor?: FloorCheck;
  /** Declared slices that fell. Absent: none is declared, or none did. */
  slices?: FallenSlice[];
}

/** A fall is looked for on the newest days, so what was good for months does not hide it. */
const SPAN_DAYS = 28;
/** A version's first days stand beside its holdout, which may be too short to tell what is usual. */
export const FIRST_DAYS = 28;
const FEWEST_DAYS = 2;
/** With fewer days on both sides how much days differ is unknown. */
const FEWEST_DEGREES = 3;
/**
 * The chance that the tests which begin with one day ever alarm without cause: at most one false alarm a year, since a
 * day begins them once, whichever version serves.
 */
const ALPHA = 1 / 400;
/** The same where several are tested. */
export const alphaFor = (tests: number): number => ALPHA / tests;
/** So many begin with each day: of two means, each beside the holdout alone and with the version's first days. */
const TESTS = 4;
/** As near to an alarm as this, what looks worst is shown; otherwise all days are. */
export const SUSPICIOUS = 0.5;
/** Shares of what the holdout shows that nobody wants an alarm for. */
const BEARABLE = { loss: 0.1, share: 0.1, distance: 0.25 };

/** A version's own holdout, and what a mean may differ from its. */
export interface Holdout {
  days: readonly TallyOfDay[];
  bearable: { excess: number; bias: number };
}

interface DayTest {
  kind: LabelKind;
  holdout: Holdout;
  /** Days of the version's labelled predictions whose labels have come, the earliest first: its first and the newest. */
  live: readonly TallyOfDay[];
  /** Of a class label, in the order of their places. */
  classes?: readonly string[];
  /** The chance that the tests which begin with a day alarm without cause. */
  alpha?: number;
}

/** The days since one of them, beside the holdout and so many of the version's first days. */
interface Stretch {
  begin: number;
  firstDays: number;
}

/**
 * Compares a version's labelled predictions with its own holdout, at any day, for ever: has its loss risen beyond what
 * its scores promise, or do labels lie off the scores? What scores promise moves with the inputs, so other inputs are no
 * decay. Rows of one day are alike, so days are the units. A fall can begin with any day, so the days since each are
 * tested. null: too few to tell.
 */
export function judgeDecay({ kind, holdout, live, classes = [], alpha = ALPHA }: DayTest): Concept | null {
  const [before, days] = [withRows(holdout.days), withRows(live)];
  if (days.length < FEWEST_DAYS || before.length + days.length - 2 < FEWEST_DEGREES) return null;
  const comparing = (of: (tally: Tally) => Sums, bearable: number) => createComparison(before.map(daysBy(of)), days.map(daysBy(of)), bearable); // prettier-ignore
  const [excessOf, biasOf] = [comparing(({ excess }) => excess, holdout.bearable.excess), comparing(({ bias }) => bias, holdout.bearable.bias)]; // prettier-ignore
  const judged = stretchesOf(days).flatMap((stretch): Judged[] => {
    const excess = excessOf(stretch, alpha / TESTS, worse);
    const bias = biasOf(stretch, alpha / TESTS, off);
    return excess && bias ? [{ stretch, excess, bias }] : [];
  });
  const longest = judged.filter(({ stretch }, place) => stretch.begin !== judged[place + 1]?.stretch.begin);
  const [all] = longest;
  if (!all) return null;
  const worst = judged.reduce((a, b) => (nearness(b) > nearness(a) ? b : a));
  // What is over is no longer averaged with the days since.
  const since = all.excess.over || all.bias.over ? (longest.find(isBearable) ?? all) : all;
  const shown = nearness(worst) > SUSPICIOUS ? worst : since;
  // These decide nothing, and share no budget with what does.
  const informed = (of: (tally: Tally) => Sums | null, tests: number): Shift | null => {
    const { begin } = shown.stretch;
    const [promised, later] = [daysWith(before, of), daysWith(days.slice(begin), of)];
    if (promised.length < before.length || later.length < days.length - begin) return null;
    // An earlier release may have counted the days between without them.
    const between = daysWith(days.slice(0, begin), of);
    const shift = createComparison(promised, [...between, ...later])({ begin: between.length, firstDays: 0 }, alpha / tests, off); // prettier-ignore
    return shift && { ...shift, bearable: 0 };
  };
  const labels = kind === 'class' ? null : informed((tally) => tally.labels ?? null, 1);
  const moved = classes.flatMap((name, place): MovedClass[] => {
    const shift = informed((tally) => classOf(tally, place), classes.length);
    return shift && (shift.low > 0 || shift.high < 0) ? [{ name, ...shift }] : [];
  });
  const { stretch, excess, bias } = shown;
  const decayed = nearness(shown) > 1;
  const later = days.slice(stretch.begin);
  const [sums, promised] = [sumsOf(later), sumsOf(before)];
  return {
    kind,
    decayed,
    from: later[0]!.day,
    to: instant(Date.parse(later.at(-1)!.day) + DAY),
    days: later.length,
    rows: sums.rows,
    ...(stretch.firstDays > 0 && { firstDays: stretch.firstDays }),
    loss: {
      live: sums.loss[0] / sums.rows,
      promised: (sums.loss[0] - sums.excess[0]) / sums.rows,
      holdout: promised.loss[0] / promised.rows,
    },
    excess,
    bias,
    ...(labels && (kind === 'binary' ? { positives: labels } : { mean: labels })),
    ...(moved.length > 0 && { classes: moved.sort((a, b) => Math.abs(b.estimate) - Math.abs(a.estimate)) }),
    since: decayed ? later[0]!.day : null,
  };
}

const withRows = (days: readonly TallyOfDay[]): TallyOfDay[] => days.filter(({ tally }) => tally.rows > 0);

/** The days since each of the newest, first beside the holdout alone. All of them are the first. */
function stretchesOf(days: readonly TallyOfDay[]): Stretch[] {
  const numbers = days.map(({ day }) => Date.parse(day) / DAY);
  const [first, last] = [numbers[0]!, numbers.at(-1)!];
  const newest = numbers.findIndex((day) => day > last - SPAN_DAYS);
  const early = numbers.filter((day) => day < first + FIRST_DAYS).length;
  const stretches: Stretch[] = [];
  for (let begin = newest; begin <= days.length - FEWEST_DAYS; begin++) {
    stretches.push({ begin, firstDays: 0 });
    if (begin > 0) stretches.push({ begin, firstDays: Math.min(begin, early) });
  }
  return stretches;
}

/** From what a mean is off: the nearest of what was usual. */
type From = (live: number, least: number, most: number) => number;
const worse: From = (_, __, most) => most;
const off: From = (live, least, most) => Math.min(most, Math.max(least, live));

/** Prepares a number of the rows of all days; what comes back compares a stretch of them with what was before. */
function createComparison(holdout: readonly DayOf[], days: readonly DayOf[], bearable = Infinity) {
  const rows = holdout.reduce((sum, day) => sum + day.rows, 0);
  const promised = holdout.reduce((sum, day) => sum + day.rows * day.mean, 0) / rows;
  return ({ begin, firstDays }: Stretch, alpha: number, from: From): Shift | null => {
    const reference = firstDays === 0 ? holdout : [...holdout, ...days.slice(0, firstDays)];
    const later = days.slice(begin);
    const apart = compareMeans({ reference, between: days.slice(firstDays, begin), later }, alpha);
    if (!apart) return null;
    const { live, before } = apart;
    // First days that did better than the holdout are no promise.
    const usual = firstDays === 0 ? before : from(live, Math.min(before, promised), Math.max(before, promised));
    const [low, high] = [apart.low + before - usual, apart.high + before - usual];
    const { proves, over } = lastingOf(later.map(({ mean }) => mean - usual));
    const estimate = live - usual;
    return {
      estimate,
      low: proves ? low : Math.min(low, 0),
      high: proves ? high : Math.max(high, 0),
      live,
      holdout: usual,
      bearable,
      ...(over && Math.abs(estimate) > bearable && { over }),
    };
  };
}

export type Shifts = Pick<Concept, 'excess' | 'bias'>;
type Judged = Shifts & { stretch: Stretch };

/** How near what was found is to an alarm, which is raised beyond 1. */
export const nearness = (found: Shifts): number => Math.max(nearnessOfLoss(found), nearnessOfBias(found));
export const nearnessOfLoss = ({ excess }: Shifts): number => nearnessOf(excess.estimate, excess);
export const nearnessOfBias = ({ bias }: Shifts): number => nearnessOf(Math.abs(bias.estimate), bias);
/** Of the side of the interval that faces no difference at all. */
const nearnessOf = (far: number, { bearable, estimate, low, high, over }: Shift): number =>
  over ? 0 : (far - bearable) / (estimate < 0 ? high - estimate : estimate - low);

const isBearable = ({ excess, bias }: Shifts): boolean =>
  excess.estimate <= excess.bearable && Math.abs(bias.estimate) <= bias.bearable;

export const mayHaveRisen = ({ excess }: Shifts): boolean => excess.high > excess.bearable;
export const mayBeOff = ({ bias }: Shifts): boolean => bias.high > bias.bearable || bias.low < -bias.bearable;

/** Whether a fall beyond what is bearable is ruled out; otherwise labels cannot tell yet, unless they show one. */
export const holds = (found: Shifts): boolean => !mayHaveRisen(found) && !mayBeOff(found);

const daysBy =
  (of: (tally: Tally) => Sums) =>
  ({ tally }: TallyOfDay): DayOf =>
    dayOf(tally.rows, of(tally));

const daysWith = (days: readonly TallyOfDay[], of: (tally: Tally) => Sums | null): DayOf[] =>
  days.flatMap(({ tally }) => {
    const sums = of(tally);
    return sums ? [dayOf(tally.rows, sums)] : [];
  });

/** The rows of a class, as 0 and 1. */
function classOf({ confusion = [] }: Tally, place: number): Sums {
  const width = Math.sqrt(confusion.length);
  const rows = confusion.slice(place * width, (place + 1) * width).reduce((sum, count) => sum + count, 0);
  return [rows, rows];
}

const sumsOf = (days: readonly TallyOfDay[]): Pick<Tally, 'rows' | 'loss' | 'excess' | 'bias'> => {
  const sums = emptyTally();
  for (const { tally } of days) {
    sums.rows += tally.rows;
    for (const name of ['loss', 'excess', 'bias'] as const) sums[name][0] += tally[name][0];
  }
  return sums;
};

export function holdoutOf(kind: LabelKind, days: readonly TallyOfDay[]): Holdout {
  const all = days.reduce((sum, { tally }) => addTallies(sum, tally), emptyTally());
  const metrics = metricsOfTally(kind, all);
  const loss = all.loss[0] / all.rows;
  const share = metrics.positives / all.rows;
  const bias: Record<LabelKind, number> = {
    binary: BEARABLE.share * Math.min(share, 1 - share),
    class: BEARABLE.share * (1 - (metrics.accuracy ?? 0)),
    number: BEARABLE.distance * loss,
  };
  return { days, bearable: { excess: BEARABLE.loss * loss, bias: bias[kind] } };
}
