import type { Alert } from '../../core/alerts/alerts.ts';
import { UserError } from '../../core/base/errors.ts';
import type { Instant } from '../../core/time/time.ts';
import { command } from '../command.ts';
import { momentOption } from '../moment.ts';
import { columns, time } from '../words.ts';
import { Option } from 'commander';

interface AlertsOptions {
  all?: boolean;
  resolve?: string;
  silence?: string;
  until?: Instant;
}

/** As much of an id as nobody mistypes. */
const SHORT = 8;

export const alertsCommand = command<AlertsOptions>({
  name: 'alerts',
  arguments: '[pipeline]',
  summary: 'List, resolve or silence alerts',
  example: 'alerts fraud --all',
  options: [
    new Option('--all', 'include resolved alerts'),
    new Option('--resolve <id>', 'resolve this alert'),
    new Option('--silence <id>', 'send nothing about this alert, or others like it, until a given time').conflicts(
      'resolve',
    ),
    momentOption('--until <time>', 'when the silence ends'),
  ],
  async run([pipeline], { all = false, resolve, silence, until }, { operations: { alerts }, result }) {
    if ((silence === undefined) !== (until === undefined))
      throw new UserError('REQUEST_INVALID', 'Say what to silence and for how long: --silence ID --until TIME');
    if (resolve !== undefined) {
      const alert = await alerts.resolve(resolve);
      return result(alert, `Resolved: ${alert.summary}. If the problem persists, a new alert opens.`);
    }
    if (silence !== undefined) {
      const alert = await alerts.silence(silence, until!);
      return result(alert, `Silenced until ${time(until!)}: ${alert.summary}. It stays listed.`);
    }
    const found = await alerts.list({ pipeline, all });
    const none = all ? 'No alerts.' : 'No open alerts. To see resolved ones: perennial alerts --all';
    result(
      found,
      found.length > 0 ? columns([['id', 'severity', 'since', 'times', 'what'], ...found.map(describe)]) : none,
    );
  },
});

const describe = ({ id, severity, openedAt, times, summary, resolvedAt, silencedUntil }: Alert): string[] => [
  id.slice(0, SHORT),
  severity,
  time(openedAt),
  String(times),
  summary +
    (resolvedAt ? ` (resolved ${time(resolvedAt)})` : silencedUntil ? ` (silenced until ${time(silencedUntil)})` : ''),
];
