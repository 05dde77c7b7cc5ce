import type { ListedAlert } from '../../../core/alerts/alerts.ts';
import { inGroups } from '../../../core/alerts/causes.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';
import { Option } from 'commander';

/** The length of an id's prefix that is short enough to type. */
const SHORT = 8;

export const list = command<{ all?: boolean }>({
  arguments: '[pipeline]',
  summary: 'List open alerts, of one pipeline or of all',
  example: 'fraud --all',
  options: [new Option('--all', 'include resolved alerts')],
  async run([pipeline], { all = false }, { operations, result }) {
    const alerts = await operations.alerts.list({ pipeline, all });
    const none = all ? 'No alerts.' : 'No open alerts. To see resolved ones: perennial alerts --all';
    const head = ['id', 'severity', 'since', 'times', 'what'];
    const rows = inGroups(alerts).flatMap(({ alert, explains }) => [
      describe(alert),
      ...explains.map((each) => describe(each, '  because of it: ')),
    ]);
    result(alerts, alerts.length > 0 ? columns([head, ...rows]) : none);
  },
});

const describe = (alert: ListedAlert, before = ''): string[] => [
  alert.id.slice(0, SHORT),
  alert.severity,
  time(alert.openedAt),
  String(alert.times),
  [before + alert.summary, ...stateOf(alert).map((state) => `(${state})`)].join(' '),
];

function stateOf({ resolvedAt, silencedUntil, acknowledgedAt, acknowledgedBy, heldUntil }: ListedAlert): string[] {
  if (resolvedAt) return [`resolved ${time(resolvedAt)}`];
  return [
    ...(acknowledgedAt ? [`acknowledged by ${acknowledgedBy} ${time(acknowledgedAt)}`] : []),
    ...(silencedUntil ? [`silenced until ${time(silencedUntil)}`] : []),
    ...(heldUntil ? [`sent after quiet hours, ${time(heldUntil)}`] : []),
  ];
}
