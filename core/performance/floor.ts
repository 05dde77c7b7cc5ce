import type { Pipeline } from '../declaration/pipeline.ts';
import type { LabelKind } from '../data/labels/label-kinds.ts';
import { studentFromNormal } from '../drift/alarm/quantile.ts';
import { gain, metricKinds, type MetricName } from '../metrics/index.ts';
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

/**
 * null: too few days to tell. Where no floor is declared it follows from the version's own holdout: a third of what it is
 * better there than a model that knows nothing, and no nearer than chance takes the metric there.
 * @param tests how many are tested beside each other
 */
export function checkFloor(
  pipeline: Declared,
  days: readonly TallyOfDay[],
  holdout: readonly TallyOfDay[] = [],
  tests = 1,
): FloorCheck | null {
  const { metric, floor: declared } = pipeline.gates;
  const floor = declared ?? deriveFloor(pipeline, holdout);
  const found = floor === null ? null : measure(pipeline, days, errorsFor(tests));
  if (floor === null || found === null) return null;
  const isBelow = Math.max(gain(metric, found.low, floor), gain(metric, found.high, floor)) < 0;
  return { metric, ...found, floor, isBelow, ...(declared === undefined && { derived: true }) };
}

function deriveFloor(pipeline: MeasuredBy, holdout: readonly TallyOfDay[]): number | null {
  const { metric } = pipeline.gates;
  const found = measure(pipeline, holdout);
  if (found === null) return null;
  const { value, low, high } = found;
  const nothing = knowingNothing(metric, pipeline.label.kind, holdout);
  const worst = metricKinds[metric].better === 'lower' ? high : low;
  const bearable = value - LOSABLE * (value - nothing);
  // A model that knows nothing has nothing to lose.
  return gain(metric, value, nothing) > 0 && gain(metric, worst, bearable) > 0 ? bearable : worst;
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
