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
  summary: 'What a person should know: list, resolve or silence it',
  example: 'alerts fraud --all',
  options: [
    new Option('--all', 'also those that have ended'),
    new Option('--resolve <id>', 'end this one by hand'),
    new Option('--silence <id>', 'tell nobody of this one, nor of those like it, until a moment').conflicts('resolve'),
    momentOption('--until <time>', 'the end of the silence'),
  ],
  async run([pipeline], { all = false, resolve, silence, until }, { operations: { alerts }, result }) {
    if ((silence === undefined) !== (until === undefined))
      throw new UserError('REQUEST_INVALID', 'Say both what to silence and for how long: --silence ID --until TIME');
    if (resolve !== undefined) {
      const alert = await alerts.resolve(resolve);
      return result(alert, `Resolved: ${alert.summary}. If its cause goes on, another is opened.`);
    }
    if (silence !== undefined) {
      const alert = await alerts.silence(silence, until!);
      return result(alert, `Silent until ${time(until!)}: ${alert.summary}. It is still listed.`);
    }
    const found = await alerts.list({ pipeline, all });
    const none = all ? 'There has been no alert.' : 'No alert is open. Those that have ended: perennial alerts --all';
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
    (resolvedAt
      ? ` (over since ${time(resolvedAt)})`
      : silencedUntil
        ? ` (silenced until ${time(silencedUntil)})`
        : ''),
];
