import { lowerIsBetter, type Metrics } from '../core/metrics/metrics.ts';
import { type MetricName } from '../core/declaration/pipeline.ts';
import { count, decimal } from './format.ts';
import { type TableColumn } from './page.ts';

/** What each metric is called within a sentence. */
export const metricWords: Record<MetricName, string> = {
  averagePrecision: 'average precision',
  rocAuc: 'ROC AUC',
  logLoss: 'log loss',
  brier: 'Brier score',
  rmse: 'root mean squared error',
  mae: 'mean absolute error',
  r2: 'R squared',
};

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const isOfNumbers = (metric: MetricName): boolean => metric === 'rmse' || metric === 'mae' || metric === 'r2';

/** The columns of a table of metrics, the one that the gate asks for first. */
/** `sized`: with the numbers of rows and positives. */
export function metricColumns<Item>(
  metricsOf: (item: Item) => Metrics,
  gate: MetricName,
  { sized = true } = {},
): TableColumn<Item>[] {
  const names = (Object.keys(metricWords) as MetricName[]).filter((name) => isOfNumbers(name) === isOfNumbers(gate));
  const ordered = [gate, ...names.filter((name) => name !== gate)];
  const sizes: TableColumn<Item>[] = [
    { head: 'Rows', cell: (item) => count(metricsOf(item).rows) },
    ...(isOfNumbers(gate) ? [] : [{ head: 'Positives', cell: (item: Item) => count(metricsOf(item).positives) }]),
  ];
  return [
    ...ordered.map((name) => ({
      head: capitalised(metricWords[name]),
      hint: `${lowerIsBetter(name) ? 'lower' : 'higher'} is better${name === gate ? ', the gate' : ''}`,
      cell: (item: Item) => decimal(metricsOf(item)[name], 4),
    })),
    ...(sized ? sizes : []),
  ];
}
