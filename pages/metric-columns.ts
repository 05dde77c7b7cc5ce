import { metricKinds, metricNamesOf, metricTitle, type MetricName } from '../core/metrics/index.ts';
import { type Metrics } from '../core/metrics/metrics.ts';
import { count, decimal } from './format.ts';
import { type TableColumn } from './table.ts';

/** The columns of a table of metrics, the gate's first; `sized`: with the numbers of rows and positives. */
export function metricColumns<Item>(
  metricsOf: (item: Item) => Metrics,
  gate: MetricName,
  { sized = true } = {},
): TableColumn<Item>[] {
  const { label } = metricKinds[gate];
  const ordered = [gate, ...metricNamesOf(label).filter((name) => name !== gate)];
  const sizes: TableColumn<Item>[] = [
    { head: 'Rows', number: true, cell: (item) => count(metricsOf(item).rows) },
    ...(label === 'binary'
      ? [{ head: 'Positives', number: true, cell: (item: Item) => count(metricsOf(item).positives) }]
      : []),
  ];
  return [
    ...ordered.map((name) => ({
      head: metricTitle(name),
      number: true,
      hint: `${metricKinds[name].better} is better${name === gate ? ', the gate' : ''}`,
      cell: (item: Item) => decimal(metricsOf(item)[name], 4),
    })),
    ...(sized ? sizes : []),
  ];
}
