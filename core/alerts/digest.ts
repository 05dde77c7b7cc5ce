import { shortTime, type Instant } from '../time/time.ts';
import type { Alert } from './alerts.ts';
import type { Message } from './alert-words.ts';
import { list } from './occurrence.ts';

/** What happened to the warnings of a pipeline, or of the installation, in a period; null when there is nothing to tell. */
export function digestOf(
  pipeline: string | null,
  { from, to }: { from: Instant; to: Instant },
  warnings: readonly Alert[],
): Message | null {
  if (warnings.length === 0) return null;
  const whose = pipeline ?? 'the installation';
  const news = warnings.filter(({ severity }) => severity === 'info');
  const open = warnings.filter(({ resolvedAt }) => resolvedAt === null);
  const ended = warnings.filter(({ resolvedAt, severity }) => resolvedAt !== null && severity !== 'info');
  const part = (heading: string, alerts: Alert[]): string[] =>
    alerts.length === 0 ? [] : [`${heading}:\n${list(alerts.map(inLine))}`];
  return {
    subject: `[perennial digest] ${whose}: ${open.length} open, ${ended.length} resolved`,
    text: [
      `Warnings of ${whose} from ${shortTime(from)} to ${shortTime(to)}.`,
      ...part('Open', open),
      ...part('Resolved', ended),
      ...(news.length === 0 ? [] : [`News:\n${list(news.map(({ summary }) => summary))}`]),
      `To see them: perennial alerts ${pipeline === null ? '' : `${pipeline} `}--all`,
    ].join('\n\n'),
  };
}

function inLine({ summary, openedAt, times, resolvedAt, acknowledgedBy, silencedUntil }: Alert): string {
  const facts = [
    `since ${shortTime(openedAt)}`,
    ...(times > 1 ? [`seen ${times} times`] : []),
    ...(resolvedAt !== null
      ? [`resolved ${shortTime(resolvedAt)}`]
      : [
          ...(acknowledgedBy === null ? [] : [`acknowledged by ${acknowledgedBy}`]),
          ...(silencedUntil === null ? [] : [`silenced until ${shortTime(silencedUntil)}`]),
        ]),
  ];
  return `${summary} (${facts.join(', ')})`;
}
