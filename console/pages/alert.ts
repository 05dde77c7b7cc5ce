import { failureInWords, recipientInWords, untoldInWords, type SentMessage } from '../../core/alerts/sent.ts';
import { type AlertDetails } from '../../operations/index.ts';
import { badge, facts, id as idOf } from '../../pages/elements.ts';
import { html, type Html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';
import { alertUrl, button, time } from '../elements.ts';
import { withCommands } from '../with-commands.ts';
import { type Page, type Section } from '../layout.ts';
import { type BuildPage } from '../context.ts';
import { about, silencing } from './needs.ts';

/** One alert: what happened, who was told, and what people did. */
export const alertPage: BuildPage = async ({ operations, reader }, { id = '' }): Promise<Page> => {
  const alert = await reader.read(`alert ${id}`, () => operations.alerts.show(id));
  return {
    title: alert.summary,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: 'Alerts', url: '/alerts' },
    ],
    sections: [whatSection(alert), toldSection(alert), ...doneSection(alert)],
    facts: alert,
  };
};

function whatSection(alert: AlertDetails): Section {
  const { detail, cause, explains, resolvedAt, acknowledgedBy } = alert;
  const given = { alert: alert.id };
  return {
    id: 'what',
    heading: 'What happened',
    content: html`${alertFacts(alert)} ${withCommands(detail)}
    ${cause === null ? null : html`<p>Because of <a href="${alertUrl(cause.id)}">${cause.summary}</a></p>`}
    ${
      explains.length === 0
        ? null
        : html`<p>Because of it:</p>
            <ul>
              ${explains.map((each) => html`<li><a href="${alertUrl(each.id)}">${each.summary}</a></li>`)}
            </ul>`
    }
    ${
      resolvedAt === null
        ? html`<div class="actions">
            ${acknowledgedBy === null ? button('Acknowledge', 'acknowledge', given) : null}
            ${button('Resolve', 'resolve', given)} ${silencing(alert)}
          </div>`
        : alert.silencedUntil === null
          ? null
          : html`<div class="actions">${silencing(alert)}</div>`
    }`,
  };
}

/** What an alert is about, for its page and for the pages that ask what to do about it. */
export const alertFacts = (alert: AlertDetails): Html => {
  const { pipeline, kind, severity, openedAt, lastSeenAt, times, resolvedAt, resolvedBy } = alert;
  return facts([
    { name: 'Severity', value: badge({ tone: severity === 'critical' ? 'bad' : 'warn', text: severity }) },
    { name: 'Kind', value: kind },
    { name: 'Pipeline', value: pipeline === null ? 'the whole installation' : about(pipeline, `${pipeline} `) },
    { name: 'Since', value: time(openedAt) },
    times > 1 ? { name: 'Seen', value: html`${times} times, last ${time(lastSeenAt)}` } : null,
    alert.acknowledgedAt === null
      ? null
      : { name: 'Acknowledged', value: html`${time(alert.acknowledgedAt)} by ${alert.acknowledgedBy}` },
    alert.silencedUntil === null ? null : { name: 'Silenced until', value: time(alert.silencedUntil) },
    resolvedAt === null ? null : { name: 'Resolved', value: html`${time(resolvedAt)} by ${resolvedBy}` },
    { name: 'Alert', value: idOf(alert.id) },
  ]);
};

function toldSection({ sent, cause, heldUntil, messages, recipients }: AlertDetails): Section {
  const untold =
    cause !== null && messages.length === 0 ? 'people are told of its cause' : untoldInWords(sent, recipients);
  return {
    id: 'told',
    heading: 'Who was told',
    content: html`${heldUntil === null ? null : html`<p>A message waits for the end of quiet hours, ${time(heldUntil)}.</p>`}
    ${
      messages.length === 0
        ? html`<p class="soft">Nobody yet: ${untold}.</p>`
        : table<SentMessage>(
            'Messages',
            [
              { head: 'When', cell: ({ createdAt }) => time(createdAt) },
              { head: 'Message', cell: ({ telling }) => telling },
              { head: 'To', cell: recipientInWords },
              { head: 'Arrived', cell: became, words: true },
            ],
            messages,
          )
    }`,
  };
}

function became({ deliveredAt, lastError, attempts, givenUpAt, channel, target }: SentMessage): Html {
  if (deliveredAt !== null) return time(deliveredAt);
  if (lastError === null) return html`on its way`;
  const failure = { channel, target, attempts, error: lastError, givenUp: givenUpAt !== null };
  return html`${badge({ tone: 'bad', text: 'not sent' })}
  ${failureInWords(failure).replace(`${recipientInWords(failure)}: `, '')}`;
}

const doneSection = ({ done }: AlertDetails): Section[] =>
  done.length === 0
    ? []
    : [
        {
          id: 'done',
          heading: 'What people did',
          content: html`<ul>
            ${done.map(
              ({ at, by, what, until, reason }) =>
                html`<li>
                  ${time(at)} ${what} by
                  ${by}${until === null ? null : html` until ${time(until)}`}${reason === null ? '' : `: ${reason}`}
                </li>`,
            )}
          </ul>`,
        },
      ];
