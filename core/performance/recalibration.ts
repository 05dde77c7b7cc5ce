import { factorise, solve, solveUpper } from '../base/cholesky.ts';
import type { Random } from '../base/random.ts';
import { DAY } from '../time/time.ts';
import type { Tally } from './tally.ts';
import { sharedBy, unrestOf, type DayOff } from './unrest.ts';

/**
 * What scores were worth on rows that the model had not seen: the log odds are the score's own, and what a level, a
 * slope, and bends where the scores are many add to them.
 */
export interface Recalibration {
  /** The chances of a positive at scores of these log odds, on so many usual days. */
  chancesAt(logits: readonly number[], days?: number): number[];
  /** The same as far as the holdout leaves them open, on so many days as unlike others as the holdout's days are. */
  drawer(logits: readonly number[], days: number, random: Random): () => number[];
}

/**
 * Before the holdout is looked at, what is added to the log odds may be next to nothing, or so much: by a level and a
 * slope, and by the bends. Each pair is as likely, so scores are believed until labels contradict them. Bends of 0.1 are
 * no reading: they would take a slope's place, and tell it worse.
 */
const LEVELS = [0.01, 0.3, 1];
const BENDS = [0.001, 0.4];
const FIRST = { level: 1, bend: 0.3 };
const KNOTS = 5;
const MOST_ITERATIONS = 30;
const ENOUGH = 1e-8;

export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
export const logitOf = (score: number): number => {
  const clipped = Math.min(1 - 1e-12, Math.max(1e-12, score));
  return Math.log(clipped / (1 - clipped));
};

type Terms = Float64Array;

interface Bin {
  logit: number;
  rows: number;
  positives: number;
  terms: Terms;
}

/** One way to read the holdout: how likely it is, what each term adds, and Cholesky's factor of what is known of that. */
interface Reading {
  weight: number;
  adds: Terms;
  factor: Float64Array;
}

/** Without knots, a level and a slope alone. */
export function recalibrate(holdout: readonly { tally: Pick<Tally, 'bins'> }[], knots = KNOTS): Recalibration {
  const days = holdout.map(dayOf);
  const { bins, termsOf } = binsIn(days, knots);
  const width = termsOf(0).length;
  const first = fit(bins, width);
  const off = daysOff(days, bins, first);
  const unrest = unrestOf(off);
  const readings = readingsOf(bins, first, off, unrest.usual);
  const usual = new Float64Array(width);
  for (const { weight, adds } of readings) for (let i = 0; i < width; i++) usual[i]! += weight * adds[i]!;
  const chances = (
    logits: readonly number[],
    terms: readonly Terms[],
    adds: Terms,
    its: number,
    day: number,
    ofDays: number,
  ): number[] => {
    // What the holdout's days made flatter, so many days make flatter again: all but one of them.
    return logits.map((logit, place) => {
      const overDays = logit + product(terms[place]!, adds);
      return sigmoid(overDays + onOneDay(overDays, its) / ofDays + day);
    });
  };
  return {
    chancesAt: (logits, ofDays = 1) => chances(logits, logits.map(termsOf), usual, unrest.usual, 0, ofDays),
    drawer(logits, ofDays, random) {
      const terms = logits.map(termsOf);
      return () => {
        const adds = drawFrom(readings, random);
        const its = unrest.draw(random);
        return chances(logits, terms, adds, its, random.normal(0, its / Math.sqrt(ofDays)), ofDays);
      };
    },
  };
}

/** From this on, what days add to a chance is less than the curve's second order says; fitted to its integral. */
const DAMPED = 0.7;

/**
 * Over days whose levels differ by this standard deviation chances are nearer to a half than on the usual day: what that
 * has of its own, in log odds. Exact where days differ little; also for rare positives, whose share over days is higher than
 * on the usual day.
 * https://en.wikipedia.org/wiki/Logit-normal_distribution#Moments
 */
export function onOneDay(overDays: number, unrest: number): number {
  const chance = sigmoid(overDays);
  const variance = unrest ** 2;
  return ((variance / 2) * (2 * chance - 1)) / (1 + DAMPED * variance * chance * (1 - chance));
}

function product(a: Terms, b: Terms): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** By bin, what the labels of a day were. */
type Day = { bin: number; rows: number; positives: number; scores: number }[];

const dayOf = ({ tally: { bins = {} } }: { tally: Pick<Tally, 'bins'> }): Day =>
  Object.entries(bins).map(([bin, [no, yes, scores]]) => ({
    bin: Number(bin),
    rows: no + yes,
    positives: yes,
    scores,
  }));

/** The scores of all days, and terms with knots between which labels tell alike much. */
function binsIn(days: readonly Day[], most: number) {
  const all = new Map<number, Day[number]>();
  for (const day of days)
    for (const { bin, rows, positives, scores } of day) {
      const sum = all.get(bin);
      if (sum === undefined) all.set(bin, { bin, rows, positives, scores });
      else {
        sum.rows += rows;
        sum.positives += positives;
        sum.scores += scores;
      }
    }
  const bare = [...all.values()]
    .map(({ bin, rows, positives, scores }) => {
      const score = scores / rows;
      return { bin, logit: logitOf(score), rows, positives, tells: rows * score * (1 - score) };
    })
    .sort((a, b) => a.logit - b.logit);
  let [told, sum, squares] = [0, 0, 0];
  for (const { logit, tells } of bare) {
    told += tells;
    sum += tells * logit;
    squares += tells * logit ** 2;
  }
  const mean = told > 0 ? sum / told : 0;
  const deviation = (told > 0 && Math.sqrt(Math.max(0, squares / told - mean ** 2))) || 1;
  const knots: number[] = [];
  let below = 0;
  for (const { logit, tells } of bare) {
    below += tells;
    while (knots.length < most && below > (told * (knots.length + 1)) / (most + 1)) knots.push(logit);
  }
  const termsOf = (logit: number): Terms => {
    const terms = new Float64Array(2 + knots.length);
    terms[0] = 1;
    terms[1] = (logit - mean) / deviation;
    for (const [i, knot] of knots.entries()) terms[2 + i] = Math.max(0, logit - knot) / deviation;
    return terms;
  };
  const bins = new Map(bare.map(({ bin, logit, rows, positives }): [number, Bin] => [bin, { logit, rows, positives, terms: termsOf(logit) }])); // prettier-ignore
  return { bins, termsOf };
}

type Bins = ReadonlyMap<number, Bin>;

const precisionOf = (term: number, { level, bend }: { level: number; bend: number }): number =>
  1 / (term < 2 ? level : bend) ** 2;

/** How the likelihood of the labels changes with each term, and what they tell of each pair. */
function derivatives(bins: Bins, adds: Terms): { slopes: Float64Array; curves: Float64Array } {
  const width = adds.length;
  const [slopes, curves] = [new Float64Array(width), new Float64Array(width * width)];
  for (const { logit, rows, positives, terms } of bins.values()) {
    const chance = sigmoid(logit + product(terms, adds));
    const [off, curve] = [positives - rows * chance, rows * chance * (1 - chance)];
    for (let one = 0; one < width; one++) {
      slopes[one]! += off * terms[one]!;
      for (let other = 0; other < width; other++) curves[one * width + other]! += curve * terms[one]! * terms[other]!;
    }
  }
  return { slopes, curves };
}

/** Logistic regression by Newton's steps. */
function fit(bins: Bins, width: number): Terms {
  const adds = new Float64Array(width);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const { slopes, curves } = derivatives(bins, adds);
    for (let i = 0; i < width; i++) {
      slopes[i]! -= precisionOf(i, FIRST) * adds[i]!;
      curves[i * width + i]! += precisionOf(i, FIRST);
    }
    factorise(curves, width); // there is one: each term has a precision of its own
    const step = solve(curves, slopes);
    const length = step.reduce((sum, each) => sum + Math.abs(each), 0);
    for (let i = 0; i < width; i++) adds[i]! += step[i]! * Math.min(1, 2 / length);
    if (length < ENOUGH) break;
  }
  return adds;
}

interface DayFit extends DayOff {
  /** What its labels tell of its own level and of each term together. */
  together: Float64Array;
}

function daysOff(days: readonly Day[], bins: Bins, adds: Terms): DayFit[] {
  const chances = new Map([...bins].map(([bin, { logit, terms }]) => [bin, sigmoid(logit + product(terms, adds))]));
  return days.map((labels) => {
    const day: DayFit = { residual: 0, variance: 0, together: new Float64Array(adds.length) };
    for (const { bin, rows, positives } of labels) {
      const [chance, { terms }] = [chances.get(bin)!, bins.get(bin)!];
      const curve = rows * chance * (1 - chance);
      day.residual += positives - rows * chance;
      day.variance += curve;
      for (let i = 0; i < terms.length; i++) day.together[i]! += curve * terms[i]!;
    }
    return day;
  });
}

/** Around the first fit, the likelihood is taken for that of a normal distribution: so each reading is a few sums. */
function readingsOf(bins: Bins, first: Terms, off: readonly DayFit[], unrest: number): Reading[] {
  const width = first.length;
  const { slopes: right, curves: known } = derivatives(bins, first);
  // What a day has of its own tells nothing of all days.
  for (const day of off) {
    const share = sharedBy(day, unrest);
    for (let one = 0; one < width; one++) {
      right[one]! -= share * day.residual * day.together[one]!;
      for (let other = 0; other < width; other++) known[one * width + other]! -= share * day.together[one]! * day.together[other]!; // prettier-ignore
    }
  }
  for (let one = 0; one < width; one++)
    for (let other = 0; other < width; other++) right[one]! += known[one * width + other]! * first[other]!;
  const readings = LEVELS.flatMap((level) => BENDS.map((bend) => readAs({ level, bend }, known, right)));
  const most = Math.max(...readings.map(({ evidence }) => evidence));
  const weights = readings.map(({ evidence }) => Math.exp(evidence - most));
  const all = weights.reduce((sum, each) => sum + each, 0);
  return readings.map(({ adds, factor }, i) => ({ weight: weights[i]! / all, adds, factor }));
}

/** The evidence is the logarithm of how likely the labels are, less what all readings share. */
function readAs(widths: { level: number; bend: number }, known: Float64Array, right: Float64Array) {
  const width = right.length;
  const factor = known.slice();
  let evidence = 0;
  for (let i = 0; i < width; i++) {
    factor[i * width + i]! += precisionOf(i, widths);
    evidence += Math.log(precisionOf(i, widths)) / 2;
  }
  factorise(factor, width);
  const adds = solve(factor, right);
  for (let i = 0; i < width; i++) evidence += (right[i]! * adds[i]!) / 2 - Math.log(factor[i * width + i]!);
  return { evidence, adds, factor };
}

function drawFrom(readings: readonly Reading[], random: Random): Terms {
  let left = random.uniform();
  const { adds, factor } = readings.find(({ weight }) => (left -= weight) < 0) ?? readings.at(-1)!;
  const drawn = solveUpper(
    factor,
    Float64Array.from(adds, () => random.normal()),
  );
  for (let i = 0; i < drawn.length; i++) drawn[i]! += adds[i]!;
  return drawn;
}

export const daysIn = ({ from, to }: { from: string; to: string }): number =>
  Math.max(1, (Date.parse(to) - Date.parse(from)) / DAY);
