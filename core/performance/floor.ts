import type { Pipeline } from '../declaration/pipeline.ts';
import type { LabelKind } from '../data/labels/label-kinds.ts';
import { studentFromNormal } from '../drift/alarm/quantile.ts';
import type { Interval } from '../metrics/difference.ts';
import { gain, metricKinds, type MetricName } from '../metrics/index.ts';
import { DAY, instant } from '../time/time.ts';
import { addTallies, emptyTally, type Tally } from './tally.ts';
import { metricsOfTally } from './tally-metrics.ts';
import type { TallyOfDay } from './performance-days.ts';

/** The gate's metric of labelled predictions, beside the declared floor. */
export interface FloorCheck {
  metric: MetricName;
  value: number;
  low: number;
  high: number;
  floor: number;
  /** The whole interval lies beyond it. */
  isBelow: boolean;
  /** The floor follows from the version's own holdout, since none is declared; absent where one is. */
  derived?: boolean;
}

const FEWEST_DAYS = 5;
/** Looked at every day: so many standard errors are rarely passed by chance. */
const ERRORS = 3.5;
/** Of what a version knew on its own holdout, so much may be lost where no floor is declared. */
const LOSABLE = 1 / 3;
/** Of labels around their mean: how much smaller the mean distance is than the standard deviation, if they are normal. */
const ABSOLUTE = Math.sqrt(2 / Math.PI);

/** The same where several are tested: each with its part of the chance. */
const errorsFor = (tests: number): number => Math.sqrt(ERRORS ** 2 + 2 * Math.log(tests));

type MeasuredBy = { gates: Pick<Pipeline['gates'], 'metric'>; label: Pick<Pipeline['label'], 'kind'> };
export type Declared = MeasuredBy & { gates: Pick<Pipeline['gates'], 'floor'> };

/** A version's own holdout, and the interval of the metric that its card shows (95 %). */
interface OwnHoldout {
  days: readonly TallyOfDay[];
  interval?: Interval | undefined;
}

/**
 * The newest days that are tested, each with its part of the chance as so many tests: four weeks tell most, and a fall of
 * this week is not to be averaged away by those before.
 */
const SPANS = [
  { days: 7, tests: 4 },
  { days: 14, tests: 4 },
  { days: 28, tests: 1 },
];

/** The same of the newest days: the longest stretch that is below, or where none is, the longest. */
export function checkNewest(
  pipeline: Declared,
  days: readonly TallyOfDay[],
  holdout?: OwnHoldout,
  tests = 1,
): FloorCheck | null {
  const last = Date.parse(days.at(-1)?.day ?? instant(0));
  const found = SPANS.flatMap((span) => {
    const newest = days.filter(({ day }) => Date.parse(day) > last - span.days * DAY);
    return checkFloor(pipeline, newest, holdout, tests * span.tests) ?? [];
  });
  return found.findLast(({ isBelow }) => isBelow) ?? found.at(-1) ?? null;
}

/**
 * null: too few days to tell, or a holdout that shows no knowledge. Where no floor is declared it follows from the version's
 * own holdout: a third of what it is better there than a model that knows nothing, and no nearer than chance takes the
 * metric there, but never worse than such a model: nothing passes a floor below that.
 * @param tests how many are tested beside each other
 */
export function checkFloor(
  pipeline: Declared,
  days: readonly TallyOfDay[],
  holdout: OwnHoldout = { days: [] },
  tests = 1,
): FloorCheck | null {
  const { metric, floor: declared } = pipeline.gates;
  const floor = declared ?? deriveFloor(pipeline, holdout, days);
  const found = floor === null ? null : measure(pipeline, days, errorsFor(tests));
  if (floor === null || found === null) return null;
  const isBelow = Math.max(gain(metric, found.low, floor), gain(metric, found.high, floor)) < 0;
  return { metric, ...found, floor, isBelow, ...(declared === undefined && { derived: true }) };
}

function deriveFloor(pipeline: MeasuredBy, own: OwnHoldout, live: readonly TallyOfDay[]): number | null {
  const { metric } = pipeline.gates;
  const holdout = own.days;
  const found = measure(pipeline, holdout) ?? measureShort(pipeline, own, live);
  if (found === null) return null;
  const { value, low, high } = found;
  const nothing = knowingNothing(metric, pipeline.label.kind, holdout);
  // A model that knows nothing has nothing to lose.
  if (gain(metric, value, nothing) <= 0) return null;
  const worst = metricKinds[metric].better === 'lower' ? high : low;
  const bearable = value - LOSABLE * (value - nothing);
  if (gain(metric, worst, bearable) > 0) return bearable;
  return gain(metric, worst, nothing) > 0 ? worst : nothing;
}

/** Standard errors in an interval of 95 %. */
const CARD_ERRORS = 1.96;

/**
 * Of too few days to tell how much they differ: as much as the served ones do, for so few days and rows, and no less than
 * the card tells.
 */
function measureShort(pipeline: MeasuredBy, { days, interval }: OwnHoldout, live: readonly TallyOfDay[]) {
  const served = measure(pipeline, live);
  const [sum, ofLive] = [sumOf(days.map(({ tally }) => tally)), sumOf(live.map(({ tally }) => tally))];
  const value = metricsOfTally(pipeline.label.kind, sum)[pipeline.gates.metric] ?? null;
  if (served === null || value === null) return null;
  const fewer = Math.max(live.length / days.length, ofLive.rows / sum.rows);
  const reach = Math.max(
    ((served.high - served.low) / 2) * Math.sqrt(fewer),
    interval ? (Math.max(interval.high - value, value - interval.low) * ERRORS) / CARD_ERRORS : 0,
  );
  return { value, low: value - reach, high: value + reach };
}

function knowingNothing(metric: MetricName, kind: LabelKind, days: readonly TallyOfDay[]): number {
  const { rows, labels: [sum, squares] = [0, 0], ...tally } = sumOf(days.map((day) => day.tally));
  const deviation = Math.sqrt(Math.max(0, squares / rows - (sum / rows) ** 2));
  const known = metricsOfTally(kind, { rows, labels: [sum, squares], ...tally });
  return metricKinds[metric].knowingNothing({ ...known, spread: { deviation, absolute: ABSOLUTE * deviation } });
}

/** runningSums([a, b]) // => [nothing, a, a + b] */
function runningSums(tallies: readonly Tally[]): Tally[] {
  const sums = [emptyTally()];
  for (const tally of tallies) sums.push(addTallies(sums.at(-1)!, tally));
  return sums;
}

const sumOf = (tallies: readonly Tally[]): Tally => tallies.reduce(addTallies, emptyTally());

/** The gate's metric, and within what it surely lies: by the jackknife over days, since rows of a day are alike. */
function measure({ gates: { metric }, label: { kind } }: MeasuredBy, days: readonly TallyOfDay[], errors = ERRORS) {
  if (days.length < FEWEST_DAYS) return null;
  const of = (tallies: readonly Tally[]): number | null => metricsOfTally(kind, sumOf(tallies))[metric] ?? null;
  const tallies = days.map(({ tally }) => tally);
  const value = of(tallies);
  const [before, after] = [runningSums(tallies), runningSums(tallies.toReversed()).toReversed()];
  const without = tallies.map((_, day) => of([before[day]!, after[day + 1]!]));
  if (value === null || without.some((one) => one === null)) return null;
  const known = without as number[];
  const mean = known.reduce((total, one) => total + one, 0) / known.length;
  const squares = known.reduce((total, one) => total + (one - mean) ** 2, 0);
  // Few days know their own spread badly.
  const reach = studentFromNormal(errors, known.length - 1) * Math.sqrt((squares * (known.length - 1)) / known.length);
  return { value, low: value - reach, high: value + reach };
}
