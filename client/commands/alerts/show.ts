import { shortId } from '../../../core/alerts/occurrence.ts';
import {
  failureInWords,
  recipientInWords,
  untoldInWords,
  type DoneToAlert,
  type SentMessage,
} from '../../../core/alerts/sent.ts';
import type { AlertDetails } from '../../../operations/index.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';

/** An alert that lasts for weeks has hundreds; --json has more. */
const MOST_MESSAGES = 20;

export const show = command({
  arguments: '<alert>',
  summary: 'Show an alert in full, and who was told of it',
  description:
    'Shows an alert in full: what happened and what to do, who has taken it on, silenced or resolved it, and for each ' +
    'message to whom it went, by which channel, and whether it arrived or what failed.',
  example: '3fa9c1d2',
  options: [],
  async run([id = ''], _options, { operations, result, simulated }) {
    const alert = await operations.alerts.show(id);
    result(alert, inWords(alert, simulated));
  },
});

function inWords(alert: AlertDetails, simulated: boolean): string {
  const real = simulated ? ' (real time)' : '';
  const { summary, detail, done, messages, explains } = alert;
  const part = (heading: string, rows: string[][]): string[] =>
    rows.length === 0 ? [] : [`${heading}\n${columns(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]))}`];
  const listed = messages.slice(0, MOST_MESSAGES).map(describeMessage);
  const others = messages.length - listed.length;
  return [
    summary,
    columns(factsOf(alert)),
    detail,
    ...part('Because of it', explains.map((each) => [shortId(each.id), each.summary])), // prettier-ignore
    ...part(
      `What people did${real}`,
      done.map((one) => describeDone(one, simulated)),
    ),
    ...part(`Who was told${real}`, listed),
    ...(others > 0 ? [`  ... and ${others} earlier messages: --json has them`] : []),
  ].join('\n\n');
}

function factsOf(alert: AlertDetails): string[][] {
  const { id, pipeline, kind, severity, openedAt, lastSeenAt, times, resolvedAt, cause } = alert;
  const seen = times > 1 ? `, seen ${times} times, last ${time(lastSeenAt)}` : '';
  return [
    ['id', id],
    ['pipeline', pipeline ?? 'the whole installation'],
    ['kind', kind],
    ['severity', severity],
    ['since', `${time(openedAt)}${seen}`],
    ...(resolvedAt ? [['resolved', `${time(resolvedAt)} by ${alert.resolvedBy}`]] : []),
    ...(alert.acknowledgedAt ? [['taken on', `${time(alert.acknowledgedAt)} by ${alert.acknowledgedBy}`]] : []),
    ...(alert.silencedUntil ? [['silenced', `until ${time(alert.silencedUntil)}`]] : []),
    ...(alert.heldUntil ? [['waits', `for the end of quiet hours, ${time(alert.heldUntil)}`]] : []),
    ...(cause ? [['because of', `${shortId(cause.id)} ${cause.summary}`]] : []),
    ['told', toldInWords(alert)],
  ];
}

/** Who was told, or why nobody was. */
function toldInWords({ sent, cause, recipients }: AlertDetails): string {
  if (sent.lastAt !== null) {
    const failed = sent.failing.length > 0 ? `; not sent: ${sent.failing.map(failureInWords).join('; ')}` : '';
    return `${sent.arrived} ${sent.arrived === 1 ? 'message' : 'messages'} arrived, the last ${time(sent.lastAt)}${failed}`;
  }
  if (cause && sent.waiting + sent.failing.length === 0) return 'nobody: people are told of its cause';
  return untoldInWords(sent, recipients)!;
}

const describeDone = ({ at, by, what, until, reason }: DoneToAlert, simulated: boolean): string[] => [
  time(at),
  `${what} by ${by}${until === null ? '' : ` until ${time(until)}${simulated ? ' by the simulated clock' : ''}`}${reason === null ? '' : `: ${reason}`}`,
];

function describeMessage({ createdAt, telling, deliveredAt, lastError, attempts, givenUpAt, ...to }: SentMessage) {
  const became =
    deliveredAt !== null
      ? `arrived ${time(deliveredAt)}`
      : lastError === null
        ? 'on its way'
        : `not sent, ${failureInWords({ ...to, attempts, error: lastError, givenUp: givenUpAt !== null }).replace(`${recipientInWords(to)}: `, '')}`;
  return [time(createdAt), telling, recipientInWords(to), became];
}
