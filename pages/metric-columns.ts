import { metricKinds, metricNamesOf, metricTitle, type MetricName } from '../core/metrics/index.ts';
import { type Metrics } from '../core/metrics/metrics.ts';
import { type Evaluation } from '../core/training/training.ts';
import { count, decimal } from './format.ts';
import { html } from './html.ts';
import { type TableColumn } from './table.ts';

interface Shown<Item> {
  /** With the numbers of rows and positives. */
  sized?: boolean;
  /** What each metric lies between, where that is known. */
  intervals?: (item: Item) => Evaluation['intervals'];
}

/** The columns of a table of metrics, the gate's first. */
export function metricColumns<Item>(
  metricsOf: (item: Item) => Metrics,
  gate: MetricName,
  { sized = true, intervals = () => undefined }: Shown<Item> = {},
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
      cell: (item: Item) => {
        const interval = intervals(item)?.[name];
        const value = decimal(metricsOf(item)[name], 4);
        return interval
          ? html`${value}<br /><small>${decimal(interval.low, 4)} to ${decimal(interval.high, 4)}</small>`
          : value;
      },
    })),
    ...(sized ? sizes : []),
  ];
}
