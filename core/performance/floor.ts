import type { Pipeline } from '../declaration/pipeline.ts';
import { gain, type MetricName } from '../metrics/index.ts';
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
}

const FEWEST_DAYS = 5;
/** Looked at every day: so many standard errors are rarely passed by chance. */
const ERRORS = 3.5;

/** null: no floor is declared, or too few days to tell. By the jackknife over days, since rows of a day are alike. */
export function checkFloor(
  { gates: { metric, floor }, label: { kind } }: Pick<Pipeline, 'gates' | 'label'>,
  days: readonly TallyOfDay[],
): FloorCheck | null {
  if (floor === undefined || days.length < FEWEST_DAYS) return null;
  const of = (tallies: readonly Tally[]): number | null =>
    metricsOfTally(kind, tallies.reduce(addTallies, emptyTally()))[metric] ?? null;
  const tallies = days.map(({ tally }) => tally);
  const value = of(tallies);
  const without = tallies.map((_, day) => of(tallies.toSpliced(day, 1)));
  if (value === null || without.some((one) => one === null)) return null;
  const known = without as number[];
  const mean = known.reduce((sum, one) => sum + one, 0) / known.length;
  const squares = known.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const reach = ERRORS * Math.sqrt((squares * (known.length - 1)) / known.length);
  const [low, high] = [value - reach, value + reach];
  return {
    metric,
    value,
    low,
    high,
    floor,
    isBelow: Math.max(gain(metric, low, floor), gain(metric, high, floor)) < 0,
  };
}
