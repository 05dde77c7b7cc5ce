import { type LabelKind } from '../core/data/labels/label-kinds.ts';
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

/** What a declaration says of metrics. */
interface Measured {
  gates: { metric: MetricName };
  label: { kind: LabelKind };
}

/** The columns of a table of metrics, the gate's first. */
export function metricColumns<Item>(
  metricsOf: (item: Item) => Metrics,
  { gates: { metric: gate }, label: { kind } }: Measured,
  { sized = true, intervals = () => undefined }: Shown<Item> = {},
): TableColumn<Item>[] {
  const ordered = [gate, ...metricNamesOf(kind).filter((name) => name !== gate)];
  const sizes: TableColumn<Item>[] = [
    { head: 'Rows', number: true, cell: (item) => count(metricsOf(item).rows) },
    ...(kind !== 'number'
      ? [
          {
            head: kind === 'class' ? 'Rarest class' : 'Positives',
            number: true,
            cell: (item: Item) => count(metricsOf(item).positives),
          },
        ]
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
