import type { LabelKind } from '../data/labels/label-kinds.ts';
import { errorsOf, type Estimate } from '../sequential/means.ts';
import { DAY, instant, type Instant } from '../time/time.ts';
import type { FallenSlice } from './fallen-slices.ts';
import type { FloorCheck } from './floor.ts';
import { addTallies, emptyTally, type Sums, type Tally } from './tally.ts';
import { metricsOfTally } from './tally-metrics.ts';
import type { TallyOfDay } from './performance-days.ts';

/** How far a mean of labelled predictions lies from that of the version's own holdout. */
export interface Shift extends Estimate {
  /** The means themselves. */
  live: number;
  holdout: number;
  /** A shift that is surely larger is decay. */
  bearable: number;
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
  /** The labelled days that were compared with the holdout. */
  from: Instant;
  to: Instant;
  days: number;
  rows: number;
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
  /** The day from which the performance fell most clearly; null while it holds. */
  since: Instant | null;
  /** Where the days can tell. */
  floor?: FloorCheck;
  /** Declared slices that fell. Absent: none is declared, or none did. */
  slices?: FallenSlice[];
}

/** A test runs for so many days, and another begins half-way, so what was good for months does not hide a later fall. */
const SPAN_DAYS = 28;
const FEWEST_DAYS = 2;
/** With fewer days on both sides how much days differ is unknown. */
const FEWEST_DEGREES = 3;
/**
 * The chance that a test of one span ever alarms without cause: at most one false alarm a year, even if a version
 * serves for only a week (26 spans and two for each of 52 versions are 130 tests).
 */
const ALPHA = 1 / 150;
/** The same where several are tested. */
export const alphaFor = (tests: number): number => ALPHA / tests;
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
  /** Days of the version's labelled predictions whose labels have come, the earliest first. */
  live: readonly TallyOfDay[];
  /** Of a class label, in the order of their places. */
  classes?: readonly string[];
  /** The chance that the test of a span alarms without cause. */
  alpha?: number;
}

/**
 * Compares a version's labelled predictions with its own holdout, at any day, for ever: has its loss risen beyond what
 * its scores promise, or do labels lie off the scores? What scores promise moves with the inputs, so other inputs are no
 * decay. Rows of one day are alike, so days are the units. null: too few to tell.
 */
export function judgeDecay({ kind, holdout, live, classes = [], alpha = ALPHA }: DayTest): Concept | null {
  const last = live.at(-1);
  if (!last) return null;
  const today = Date.parse(last.day) / DAY;
  const begun = Math.floor((2 * today) / SPAN_DAYS);
  const tests = [begun - 1, begun].flatMap((span) => {
    const from = (span * SPAN_DAYS) / 2;
    const days = live.filter(({ day, tally }) => Date.parse(day) / DAY >= from && tally.rows > 0);
    return judgeSpan(kind, holdout, days, classes, alpha) ?? [];
  });
  // The longer one says more, unless only the later one has found something.
  return tests.find(({ decayed }) => decayed) ?? tests[0] ?? null;
}

function judgeSpan(
  kind: LabelKind,
  { days: holdout, bearable }: Holdout,
  days: readonly TallyOfDay[],
  classes: readonly string[],
  alpha: number,
): Concept | null {
  const degrees = holdout.length + days.length - 2;
  if (days.length < FEWEST_DAYS || degrees < FEWEST_DEGREES) return null;
  const [before, now] = [sumsOf(holdout), sumsOf(days)];
  const compare = (of: (tally: Tally) => Sums, enough: number, tests = 2): Shift | null => {
    const estimate = compareDays(holdout, days, of, alpha / tests);
    return estimate && { ...estimate, live: meanOf(days, of), holdout: meanOf(holdout, of), bearable: enough };
  };
  const excess = compare(({ excess }) => excess, bearable.excess);
  const bias = compare(({ bias }) => bias, bearable.bias);
  if (!excess || !bias) return null;
  const known = [...holdout, ...days].every(({ tally }) => tally.labels);
  const labels = kind !== 'class' && known ? compare(labelsOf, 0) : null;
  const moved = classes.flatMap((name, place): MovedClass[] => {
    const shift = compare((tally) => classOf(tally, place), 0, 2 * classes.length);
    return shift && (shift.low > 0 || shift.high < 0) ? [{ name, ...shift }] : [];
  });
  const isWorse = excess.low > excess.bearable;
  const isOff = bias.low > bias.bearable || bias.high < -bias.bearable;
  const decayed = isWorse || isOff;
  return {
    kind,
    decayed,
    from: days[0]!.day,
    to: instant(Date.parse(days.at(-1)!.day) + DAY),
    days: days.length,
    rows: now.rows,
    loss: {
      live: now.loss[0] / now.rows,
      promised: (now.loss[0] - now.excess[0]) / now.rows,
      holdout: before.loss[0] / before.rows,
    },
    excess,
    bias,
    ...(labels && (kind === 'binary' ? { positives: labels } : { mean: labels })),
    ...(moved.length > 0 && { classes: moved.sort((a, b) => Math.abs(b.estimate) - Math.abs(a.estimate)) }),
    since: !decayed
      ? null
      : isWorse
        ? beginOf(days, ({ excess: sums }) => sums, excess.holdout, 1)
        : beginOf(days, ({ bias: sums }) => sums, bias.holdout, Math.sign(bias.estimate)),
  };
}

const meanOf = (days: readonly TallyOfDay[], of: (tally: Tally) => Sums): number =>
  days.reduce((sum, { tally }) => sum + of(tally)[0], 0) / days.reduce((rows, { tally }) => rows + tally.rows, 0);

const labelsOf = ({ labels }: Pick<Tally, 'labels'>): Sums => labels ?? [0, 0];

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

/**
 * How much larger the mean of the later days is than that of the holdout's, with an interval that holds at every day. The
 * variance is that between the days of both sides, or between their rows where that is larger.
 */
export function compareDays(
  holdout: readonly TallyOfDay[],
  days: readonly TallyOfDay[],
  of: (tally: Tally) => Sums,
  alpha: number,
): Estimate | null {
  const sides = [holdout, days].map((side) => {
    const rows = side.reduce((sum, { tally }) => sum + tally.rows, 0);
    const mean = side.reduce((sum, { tally }) => sum + of(tally)[0], 0) / rows;
    const squares = side.reduce((sum, { tally }) => sum + of(tally)[1], 0) - rows * mean ** 2;
    const between = side.reduce((sum, { tally }) => sum + (of(tally)[0] - tally.rows * mean) ** 2 / tally.rows, 0);
    return { rows, mean, squares, between };
  });
  const [one, other] = [sides[0]!, sides[1]!];
  if (one.rows === 0 || other.rows === 0) return null;
  const degrees = holdout.length + days.length - 2;
  const variance = Math.max(
    (one.between + other.between) / degrees,
    (one.squares + other.squares) / (one.rows + other.rows - 2),
  );
  const size = 1 / (1 / one.rows + 1 / other.rows);
  const reach = errorsOf({ size, degrees, alpha, tightestAt: one.rows / 2 }) * Math.sqrt(variance / size);
  if (!(reach > 0 && reach < Infinity)) return null;
  const estimate = other.mean - one.mean;
  return { estimate, low: estimate - reach, high: estimate + reach };
}

/** The day from which on the sum stands out most. */
function beginOf(days: readonly TallyOfDay[], of: (tally: Tally) => Sums, usual: number, sign: number): Instant {
  let [sum, rows, most, since] = [0, 0, -Infinity, days[0]!.day];
  for (const { day, tally } of days.toReversed()) {
    sum += sign * (of(tally)[0] - tally.rows * usual);
    rows += tally.rows;
    if (sum / Math.sqrt(rows) <= most) continue;
    most = sum / Math.sqrt(rows);
    since = day;
  }
  return since;
}
