import { createRandom, type Random } from '../../base/random.ts';
import { decidedKinds, decidedNames, type Counts, type DecidedName } from '../../metrics/decided/index.ts';
import type { Estimated, Served } from '../estimate.ts';
import type { TallyOfDay } from '../performance-days.ts';
import { logitOf, recalibrate } from '../recalibration.ts';
import { averagePrecisionOf, rocAucOf, type RankedBin } from '../tally-metrics.ts';
import type { Likely } from './likely.ts';

const DRAWS = 300;
/** Of a bin: its scores are ranked, too, and a threshold may lie between them. */
const PARTS = 4;
/** Somewhat less than a twentieth on either side, so that nine in ten are held where the holdout is small, too. */
const OUTSIDE = 0.035;

/**
 * Labels are drawn many times: each time from a calibration that the holdout allows, on a day as unlike others as the
 * holdout's days are.
 */
export function estimateBinary(holdout: readonly TallyOfDay[], served: Served, rows: number): Estimated | null {
  const calibration = recalibrate(holdout);
  const bins = binsOf(served);
  const parts = bins.flatMap((bin) => bin.parts ?? bin);
  const logitsOf = (of: readonly ServedBin[]): number[] => of.map(({ score }) => logitOf(score));
  const expected = measure(parts, calibration.chancesAt(logitsOf(parts), served.days).map((chance, part) => chance * parts[part]!.rows)); // prettier-ignore
  const random = createRandom(rows);
  const chances = calibration.drawer(logitsOf(bins), served.days, random);
  const drawn = Array.from(
    { length: DRAWS },
    () =>
    measure(bins, chances().map((chance, bin) => draw(bins[bin]!.rows, chance, random))), // prettier-ignore
  );
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

interface ServedBin {
  rows: number;
  /** Their mean, and the sum of their squares. */
  score: number;
  squares: number;
  /** The share of them that is taken for positive. */
  taken: number;
  parts?: ServedBin[];
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
    const whole = { rows, score, squares: profile.squares[bin]!, taken };
    // Of the outer bins most scores may lie at one end.
    bins.push(bin === 0 || bin === edges.length ? whole : inParts(whole, { low, high }, threshold));
  }
  return bins;
}

/** From the highest scores down: as far apart as the bin's scores are, however near to each other. */
function inParts(bin: ServedBin, { low, high }: { low: number; high: number }, threshold: number | null): ServedBin {
  const { rows, score, squares } = bin;
  const within = { low, high, mean: score };
  const [middle, half] = [(low + high) / 2, (high - low) / 2];
  const slope = slopeIn(within);
  const apart = Math.sqrt(Math.max(0, squares / rows - score ** 2) / (1 / 3 - (slope / 3) ** 2)) / half;
  const at = (place: number): number => score + Math.min(1, apart) * (place - middle - (slope * half) / 3);
  const parts: ServedBin[] = [];
  for (let part = PARTS - 1; part >= 0; part--) {
    const [from, to] = [low + (2 * half * part) / PARTS, low + (2 * half * (part + 1)) / PARTS];
    const share = shareAbove(from, within) - shareAbove(to, within);
    const [bottom, top] = [at(from), at(to)];
    const taken = threshold === null ? 0 : shareAbove(threshold, { low: bottom, high: top, mean: (bottom + top) / 2 });
    if (share > 0) parts.push({ rows: share * rows, score: (bottom + top) / 2, squares: share * squares, taken });
  }
  const taken = parts.reduce((sum, part) => sum + (part.rows / rows) * part.taken, 0);
  return { ...bin, taken, parts };
}

/** Of the rows in a bin, which are denser towards the end that their mean is nearer to. */
function shareAbove(threshold: number, { low, high, mean }: { low: number; high: number; mean: number }): number {
  const [middle, half] = [(low + high) / 2, (high - low) / 2];
  if (half === 0) return mean >= threshold ? 1 : 0;
  const at = Math.min(1, Math.max(-1, (threshold - middle) / half));
  return (1 - at) / 2 + (slopeIn({ low, high, mean }) * (1 - at ** 2)) / 4;
}

const slopeIn = ({ low, high, mean }: { low: number; high: number; mean: number }): number =>
  Math.min(1, Math.max(-1, (6 * (mean - (low + high) / 2)) / (high - low)));

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
