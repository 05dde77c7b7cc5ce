import { shortTime, type Instant } from '../time/time.ts';
import { isSilenced, type Alert, type Severity } from './alerts.ts';
import type { Message } from './alert-words.ts';
import { byCause } from './causes.ts';
import { list } from './occurrence.ts';

export type Digest = Message & { severity: Extract<Severity, 'warning' | 'info'> };

/** What happened to the alerts of a pipeline, or of the installation, in a period; null when there is nothing to tell. */
export function digestOf(
  pipeline: string | null,
  { from, to }: { from: Instant; to: Instant },
  alerts: readonly Alert[],
): Digest | null {
  if (alerts.length === 0) return null;
  const whose = pipeline ?? 'the installation';
  const news = alerts.filter(({ severity }) => severity === 'info');
  const others = alerts.filter(({ severity }) => severity !== 'info');
  const open = withWhatFollows(
    others.filter(({ resolvedAt }) => resolvedAt === null),
    to,
  );
  const ended = withWhatFollows(
    others.filter(({ resolvedAt }) => resolvedAt !== null),
    to,
  );
  const critical = open.filter(({ severity }) => severity === 'critical').length;
  const part = (heading: string, entries: Entry[]): string[] =>
    entries.length === 0 ? [] : [`${heading}:\n${list(entries.map(({ lines }) => lines))}`];
  const counts =
    others.length === 0
      ? `news only (${news.length})`
      : `${open.length} open${critical > 0 ? ` (${critical} critical)` : ''}, ${ended.length} resolved`;
  return {
    severity: others.length === 0 ? 'info' : 'warning',
    subject: `[perennial digest] ${whose}: ${counts}`,
    text: [
      `Alerts of ${whose} from ${shortTime(from)} to ${shortTime(to)}.`,
      ...part('Open', open),
      ...part('Resolved', ended),
      ...(news.length === 0 ? [] : [`News:\n${list(news.map(({ summary }) => summary))}`]),
      `To see them: perennial alerts ${pipeline === null ? '' : `${pipeline} `}--all`,
    ].join('\n\n'),
  };
}

interface Entry {
  severity: Alert['severity'];
  lines: string;
}

/** An entry for each alert that none of the others explains, the critical ones first. */
function withWhatFollows(alerts: readonly Alert[], now: Instant): Entry[] {
  const following = byCause(alerts, alerts);
  return (following.get(null) ?? [])
    .map((cause) => ({
      severity: cause.severity,
      lines: [
        inLine(cause, now),
        ...(following.get(cause) ?? []).map(({ summary }) => `  because of it: ${summary}`),
      ].join('\n  '),
    }))
    .sort((one, other) => Number(other.severity === 'critical') - Number(one.severity === 'critical'));
}

function inLine(alert: Alert, now: Instant): string {
  const { severity, summary, openedAt, times, resolvedAt, acknowledgedBy, silencedUntil } = alert;
  const facts = [
    ...(severity === 'critical' ? ['critical'] : []),
    `since ${shortTime(openedAt)}`,
    ...(times > 1 ? [`seen ${times} times`] : []),
    ...(resolvedAt !== null
      ? [`resolved ${shortTime(resolvedAt)}`]
      : [
          ...(acknowledgedBy === null ? [] : [`acknowledged by ${acknowledgedBy}`]),
          ...(isSilenced(alert, now) ? [`silenced until ${shortTime(silencedUntil!)}`] : []),
        ]),
  ];
  return `${summary} (${facts.join(', ')})`;
}
