import { createRandom, type Random } from '../base/random.ts';
import type { ColumnProfile, Profile } from '../data/profiles/profile.ts';
import type { LabelKind } from '../data/labels/label-kinds.ts';
import { metricNames, type MetricName } from '../metrics/index.ts';
import { errorsOfRows, type ErrorModel } from './error-model.ts';
import type { TallyOfDay } from './performance-days.ts';
import { chancesAt, logitOf, recalibrate } from './recalibration.ts';
import type { Sums, Tally } from './tally.ts';
import { averagePrecisionOf, rocAucOf, type RankedBin } from './tally-metrics.ts';

/** What a number is likely to be: nine times in ten, if what follows from the inputs has not changed, within this. */
export interface Likely {
  value: number;
  low: number;
  high: number;
}

export interface Estimated {
  metrics: Partial<Record<MetricName, Likely>>;
  /** Where a threshold decides: how many rows of label 0 will have been taken for 1, and of label 1 for 0. */
  wrong?: { falsePositives: Likely; falseNegatives: Likely; positives: number };
}

/** Scores of rows whose labels are not known yet, counted. */
export interface Served {
  profile: ColumnProfile;
  /** Of the profile's bins. */
  edges: readonly number[];
  /** How many days the rows are of. */
  days: number;
  /** Where a threshold decides. */
  threshold: number | null;
  /** Of a number: all columns in the same binning, and how far labels lie from estimates by them. */
  current?: Profile;
  errors?: ErrorModel | null;
}

/** The metric by which estimates are told: the gate's, or where it cannot be known without labels, one that can. */
export const estimatedMetric = (all: readonly Estimated['metrics'][], gate: MetricName): MetricName | undefined =>
  [gate, ...metricNames].find((name) => all.some((metrics) => metrics[name]));

const DRAWS = 300;
const MOST_DEGREES = 60;
/** Somewhat less than a twentieth on either side, so that nine in ten are held where the holdout is small, too. */
const OUTSIDE = 0.04;
const REACH = 1.75;
/** Fewer do not tell how days differ. */
const FEWEST_DAYS = 3;

/**
 * What the metrics of served rows will be once their labels come, if labels follow from scores as they did on the
 * version's own holdout: of a probability the expected value (confidence-based performance estimation), of a number the
 * usual error of estimates of that size. null: nothing to go by.
 */
export const estimatePerformance = (
  kind: LabelKind,
  holdout: readonly TallyOfDay[],
  served: Served,
): Estimated | null => {
  const rows = served.profile.counts.reduce((sum, count) => sum + count, 0);
  const known = holdout.reduce((sum, { tally }) => sum + tally.rows, 0);
  return rows === 0 || known < 2 || holdout.length === 0 ? null : estimates[kind](holdout, served, rows);
};

const estimates: Record<LabelKind, (holdout: readonly TallyOfDay[], served: Served, rows: number) => Estimated | null> =
  {
    binary: estimateBinary,

    /** The likeliest class is right as often as its probability says, and as much more often as on the holdout. */
    class(holdout, { profile }, rows) {
      const promised = sumOf(profile.sums) / rows;
      const off = meanOf(holdout, ({ bias }) => bias);
      const accuracy = around(promised + off.mean, off.errorFor(rows), holdout.length, [0, 1]);
      return { metrics: { accuracy } };
    },

    number(holdout, { profile, current, errors }, rows) {
      if (!errors || !current) return null;
      const { mae, mse, unsure } = errorsOfRows(errors, current, profile);
      // Larger errors vary more.
      const reachOf = (of: (tally: Tally) => Sums, mean: number): number => {
        const before = meanOf(holdout, of);
        return before.mean > 0 ? (mean / before.mean) * before.errorFor(rows) : before.errorFor(rows);
      };
      const distance = Math.hypot(reachOf(({ loss }) => loss, mae), Math.sqrt(unsure)); // prettier-ignore
      const square = Math.hypot(reachOf(({ squares }) => squares, mse), (2 * mse * Math.sqrt(unsure)) / (mae || 1)); // prettier-ignore
      const squared = around(mse, square, holdout.length, [0, Infinity]);
      return {
        metrics: {
          mae: around(mae, distance, holdout.length, [0, Infinity]),
          rmse: { value: Math.sqrt(squared.value), low: Math.sqrt(squared.low), high: Math.sqrt(squared.high) },
        },
      };
    },
  };

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

const around = (value: number, error: number, days: number, [least, most]: readonly [number, number]): Likely => {
  const reach = reachOfDays(days) * error;
  return {
    value: Math.min(most, Math.max(least, value)),
    low: Math.max(least, value - reach),
    high: Math.min(most, value + reach),
  };
};

/**
 * How many standard deviations reach so far outside, if so many days gave the standard deviation: Student's t, by its
 * expansion in 1 / degrees of freedom (Abramowitz and Stegun 26.7.5).
 */
function reachOfDays(days: number): number {
  if (days < FEWEST_DAYS) return REACH;
  const free = days - 1;
  const [z, z3, z5] = [REACH, REACH ** 3, REACH ** 5];
  return z + (z3 + z) / (4 * free) + (5 * z5 + 16 * z3 + 3 * z) / (96 * free ** 2);
}

/** A mean over the holdout, and how far that of other rows is likely to lie from it: rows of a day are alike. */
function meanOf(holdout: readonly TallyOfDay[], of: (tally: Tally) => Sums) {
  const rows = sumOf(holdout.map(({ tally }) => tally.rows));
  const mean = sumOf(holdout.map(({ tally }) => of(tally)[0])) / rows;
  const squares = sumOf(holdout.map(({ tally }) => of(tally)[1])) - rows * mean ** 2;
  const between = sumOf(holdout.map(({ tally }) => (of(tally)[0] - tally.rows * mean) ** 2 / tally.rows));
  const ofRows = squares / Math.max(1, rows - 1);
  const variance = holdout.length < FEWEST_DAYS ? ofRows : Math.max(ofRows, between / (holdout.length - 1));
  return { mean, errorFor: (others: number): number => Math.sqrt(variance * (1 / rows + 1 / others)) };
}

/**
 * Labels are drawn many times: each time from a calibration that the holdout allows, on a day as unlike others as the
 * holdout's days are.
 */
function estimateBinary(holdout: readonly TallyOfDay[], served: Served, rows: number): Estimated | null {
  const calibration = recalibrate(holdout);
  const bins = binsOf(served);
  const logits = bins.map(({ score }) => logitOf(score));
  const expected = measure(bins, chancesAt(calibration, logits).map((chance, bin) => chance * bins[bin]!.rows)); // prettier-ignore
  const random = createRandom(rows);
  const drawn = Array.from({ length: DRAWS }, () => {
    const [one, other] = [random.normal(), random.normal()];
    const [ofIntercept, shared, ofSlope] = calibration.errors;
    const day = random.normal(0, (calibration.unrest * unsure(calibration.days, random)) / Math.sqrt(served.days));
    const intercept = calibration.intercept + ofIntercept * one + day;
    const chances = chancesAt({ intercept, slope: calibration.slope + shared * one + ofSlope * other }, logits);
    return measure(bins, chances.map((chance, bin) => draw(bins[bin]!.rows, chance, random))); // prettier-ignore
  });
  const likely = (of: (measured: Measured) => number | null): Likely | null => {
    const value = of(expected);
    const all = drawn.flatMap((each) => of(each) ?? []).sort((a, b) => a - b);
    if (value === null || all.length < DRAWS / 2) return null;
    const at = (share: number): number => all[Math.round(share * (all.length - 1))]!;
    return { value, low: Math.min(value, at(OUTSIDE)), high: Math.max(value, at(1 - OUTSIDE)) };
  };
  const metrics: Estimated['metrics'] = {};
  for (const name of ['averagePrecision', 'rocAuc', 'logLoss', 'brier'] as const) {
    const found = likely((measured) => measured[name]);
    if (found) metrics[name] = found;
  }
  if (served.threshold === null) return { metrics };
  const falsePositives = likely((measured) => measured.falsePositives)!;
  const falseNegatives = likely((measured) => measured.falseNegatives)!;
  return { metrics, wrong: { falsePositives, falseNegatives, positives: expected.positives } };
}

/** What a standard deviation that so many days gave is to be multiplied by, at random: it may be larger. */
function unsure(days: number, random: Random): number {
  const degrees = Math.min(MOST_DEGREES, Math.max(1, days - 1));
  let squares = 0;
  for (let degree = 0; degree < degrees; degree++) squares += random.normal() ** 2;
  return Math.sqrt(degrees / squares);
}

interface ServedBin {
  rows: number;
  /** Their mean, and the sum of their squares. */
  score: number;
  squares: number;
  /** The share of them that is taken for positive. */
  taken: number;
}

/** Those with rows, from the highest scores down. */
function binsOf({ profile, edges, threshold }: Served): ServedBin[] {
  const bins: ServedBin[] = [];
  for (let bin = profile.counts.length - 1; bin >= 0; bin--) {
    const rows = profile.counts[bin]!;
    if (rows === 0) continue;
    const [low, high] = [edges[bin - 1] ?? 0, edges[bin] ?? 1];
    const within = threshold === null ? 0 : (high - threshold) / (high - low);
    const taken = Math.min(1, Math.max(0, within));
    bins.push({ rows, score: profile.sums[bin]! / rows, squares: profile.squares[bin]!, taken });
  }
  return bins;
}

interface Measured extends Record<'averagePrecision' | 'rocAuc', number | null> {
  logLoss: number;
  brier: number;
  positives: number;
  falsePositives: number;
  falseNegatives: number;
}

/** The metrics of rows of which so many in each bin are positive. */
function measure(bins: readonly ServedBin[], positives: readonly number[]): Measured {
  const ranked = bins.map(({ rows }, bin): RankedBin => [rows - positives[bin]!, positives[bin]!]);
  let [rows, loss, squares, all, falsePositives, falseNegatives] = [0, 0, 0, 0, 0, 0];
  for (const [place, bin] of bins.entries()) {
    const [no, yes] = ranked[place]!;
    const score = Math.min(1 - 1e-12, Math.max(1e-12, bin.score));
    rows += bin.rows;
    loss -= yes * Math.log(score) + no * Math.log(1 - score);
    squares += yes - 2 * yes * score + bin.squares;
    all += yes;
    falsePositives += no * bin.taken;
    falseNegatives += yes * (1 - bin.taken);
  }
  return {
    averagePrecision: averagePrecisionOf(ranked),
    rocAuc: rocAucOf(ranked),
    logLoss: loss / rows,
    brier: squares / rows,
    positives: all,
    falsePositives,
    falseNegatives,
  };
}

/** How many of so many rows are positive, by chance: nearly binomial. */
function draw(rows: number, chance: number, random: Random): number {
  if (chance > 0.5) return rows - draw(rows, 1 - chance, random);
  const expected = rows * chance;
  if (rows <= 30 || Math.min(expected, rows - expected) < 10) {
    if (rows > 1_000) return Math.min(rows, poisson(Math.min(expected, 700), random));
    let positives = 0;
    for (let row = 0; row < rows; row++) if (random.uniform() < chance) positives++;
    return positives;
  }
  const drawn = Math.round(random.normal(expected, Math.sqrt(expected * (1 - chance))));
  return Math.min(rows, Math.max(0, drawn));
}

/** Of few expected ones among many rows. */
function poisson(expected: number, random: Random): number {
  let [count, product] = [0, random.uniform()];
  const least = Math.exp(-expected);
  while (product > least) {
    count++;
    product *= random.uniform();
  }
  return count;
}
