import type { LabelKind } from '../data/labels/label-kinds.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { MetricName } from '../metrics/index.ts';
import type { Instant } from '../time/time.ts';
import { estimatedMetric, type Likely } from './estimate.ts';
import { comparedWith, type ArmOfDay, type CountedDay, type EstimateOfDay } from './performance-days.ts';
import { metricsOfTally } from './tally-metrics.ts';
import type { Sums, Tally } from './tally.ts';

/** What labels say of a day's predictions of the version that made most, and what was said before they came. */
export interface PerformanceOfDay {
  day: Instant;
  version: number;
  labels: Measured | null;
  estimate: Likely | null;
}

/** A metric, nine times in ten within the range if rows are alike; null: none is known. */
interface Measured {
  value: number;
  range: { low: number; high: number } | null;
}

export interface PerformanceByDay {
  metric: MetricName;
  /** In order; those with neither labels nor an estimate are left out. */
  days: PerformanceOfDay[];
  /** Why days have no estimate, where it is known; absent: of none. */
  withheld?: { day: Instant; why: string }[];
}

export function performanceByDay(
  { gates, label: { kind } }: Pick<Pipeline, 'gates' | 'label'>,
  counted: readonly CountedDay[],
  told: readonly EstimateOfDay[],
): PerformanceByDay {
  const metric = estimatedMetric(told.map(({ metrics }) => metrics), gates.metric) ?? gates.metric; // prettier-ignore
  const all = [...new Set([...counted, ...told].map(({ day }) => day))].sort();
  const days = all.flatMap((day): PerformanceOfDay[] => {
    const arms = counted.find((one) => one.day === day && one.closed)?.arms ?? [];
    const [most] = arms.filter(({ tally }) => tally.rows > 0).sort((a, b) => b.answered - a.answered);
    const said = told.filter((one) => one.day === day && one.metrics[metric]);
    const estimate = most ? said.find(({ version }) => version === most.version) : said.at(-1);
    const version = most?.version ?? estimate?.version;
    const labels = most ? measured(kind, metric, comparable(most, estimate)) : null;
    if (version === undefined || (!labels && !estimate)) return [];
    return [{ day, version, labels, estimate: estimate?.metrics[metric] ?? null }];
  });
  const withheld = told.flatMap(({ day, withheld: why }) => (why ? [{ day, why }] : []));
  return { metric, days, ...(withheld.length > 0 && { withheld }) };
}

/** What came is told of the rows that were estimated; of none, of requests where there are any. */
const comparable = (arm: ArmOfDay, estimate: EstimateOfDay | undefined): Tally =>
  comparedWith(arm, estimate ? estimate.batched : arm.asked?.rows === 0);

/** Of the normal distribution: nine in ten lie within so many standard errors. */
const REACH = 1.645;

function measured(kind: LabelKind, metric: MetricName, tally: Tally): Measured | null {
  const { [metric]: value, positives } = metricsOfTally(kind, tally);
  if (value == null) return null;
  const { rows, loss, squares } = tally;
  const range = {
    logLoss: () => ofMean(loss, rows),
    mae: () => ofMean(loss, rows),
    brier: () => ofMean(squares, rows),
    rmse: () => {
      const { low, high } = ofMean(squares, rows);
      return { low: Math.sqrt(low), high: Math.sqrt(high) };
    },
    accuracy: () => ofShare(value, rows),
    averagePrecision: () => ofShare(value, positives),
    rocAuc: () => ofArea(value, positives, rows - positives),
    r2: () => null,
    macroF1: () => null,
    macroRocAuc: () => null,
  } satisfies Record<MetricName, () => Measured['range']>;
  return { value, range: range[metric]() };
}

function ofMean([sum, squares]: Sums, rows: number): { low: number; high: number } {
  const mean = sum / rows;
  const reach = REACH * Math.sqrt(Math.max(0, squares / rows - mean ** 2) / Math.max(1, rows - 1));
  return { low: Math.max(0, mean - reach), high: mean + reach };
}

/** In logits, by so many rows; of average precision, by positives: Boyd, Eng and Page, 2013. */
function ofShare(share: number, rows: number): Measured['range'] {
  if (share <= 0 || share >= 1) return null;
  const logit = Math.log(share / (1 - share));
  const reach = REACH / Math.sqrt(rows * share * (1 - share));
  const back = (at: number): number => 1 / (1 + Math.exp(-at));
  return { low: back(logit - reach), high: back(logit + reach) };
}

/** Hanley and McNeil, 1982. */
function ofArea(area: number, positives: number, negatives: number): Measured['range'] {
  const [one, other] = [area / (2 - area), (2 * area ** 2) / (1 + area)];
  const variance =
    (area * (1 - area) + (positives - 1) * (one - area ** 2) + (negatives - 1) * (other - area ** 2)) /
    (positives * negatives);
  const reach = REACH * Math.sqrt(Math.max(0, variance));
  return { low: Math.max(0, area - reach), high: Math.min(1, area + reach) };
}
