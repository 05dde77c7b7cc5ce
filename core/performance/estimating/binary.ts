import { createRandom, type Random } from '../../base/random.ts';
import { decidedKinds, decidedNames, type Counts, type DecidedName } from '../../metrics/decided/index.ts';
import type { Estimated, Served } from '../estimate.ts';
import type { TallyOfDay } from '../performance-days.ts';
import { chancesAt, logitOf, recalibrate } from '../recalibration.ts';
import { averagePrecisionOf, rocAucOf, type RankedBin } from '../tally-metrics.ts';
import type { Likely } from './likely.ts';

const DRAWS = 300;
const MOST_DEGREES = 60;
/** Somewhat less than a twentieth on either side, so that nine in ten are held where the holdout is small, too. */
const OUTSIDE = 0.04;

/**
 * Labels are drawn many times: each time from a calibration that the holdout allows, on a day as unlike others as the
 * holdout's days are.
 */
export function estimateBinary(holdout: readonly TallyOfDay[], served: Served, rows: number): Estimated | null {
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
  const decided: Partial<Record<DecidedName, Likely>> = {};
  for (const name of decidedNames) {
    const found = likely((measured) => decidedKinds[name].of(measured));
    if (found) decided[name] = found;
  }
  const falsePositives = likely((measured) => measured.falsePositives)!;
  const falseNegatives = likely((measured) => measured.falseNegatives)!;
  return { metrics, decided, wrong: { falsePositives, falseNegatives, positives: expected.positives } };
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
    const score = profile.sums[bin]! / rows;
    const taken = threshold === null ? 0 : shareAbove(threshold, { low, high, mean: score });
    bins.push({ rows, score, squares: profile.squares[bin]!, taken });
  }
  return bins;
}

/** Of the rows in a bin, which are denser towards the end that their mean is nearer to. */
function shareAbove(threshold: number, { low, high, mean }: { low: number; high: number; mean: number }): number {
  const [middle, half] = [(low + high) / 2, (high - low) / 2];
  const at = Math.min(1, Math.max(-1, (threshold - middle) / half));
  const slope = Math.min(1, Math.max(-1, (3 * (mean - middle)) / half));
  return (1 - at) / 2 + (slope * (1 - at ** 2)) / 4;
}

interface Measured extends Record<'averagePrecision' | 'rocAuc', number | null>, Counts {
  logLoss: number;
  brier: number;
  positives: number;
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
    truePositives: all - falseNegatives,
    trueNegatives: rows - all - falsePositives,
  };
}

/** Of more that are expected a normal number is near enough. */
const FEW = 10;

/** How many of so many rows are positive, by chance. */
function draw(rows: number, chance: number, random: Random): number {
  if (chance > 0.5) return rows - draw(rows, 1 - chance, random);
  const expected = rows * chance;
  if (expected >= FEW) {
    const drawn = Math.round(random.normal(expected, Math.sqrt(expected * (1 - chance))));
    return Math.min(rows, Math.max(0, drawn));
  }
  // Binomial, from none upwards: as many steps as there are positives, however many the rows.
  let [positives, left, next] = [0, random.uniform(), (1 - chance) ** rows];
  while (left > next && positives < rows) {
    left -= next;
    next *= ((rows - positives) / (positives + 1)) * (chance / (1 - chance));
    positives++;
  }
  return positives;
}
