import { notSentInWords } from '../../core/alerts/sent.ts';
import { inGroups } from '../../core/alerts/causes.ts';
import { type Approval } from '../../core/rollout/approvals.ts';
import { versionName } from '../../core/base/ids.ts';
import { type AlertLine } from '../../operations/index.ts';
import { html, type Html } from '../../pages/html.ts';
import { badge } from '../../pages/elements.ts';
import { type Section } from '../layout.ts';
import { withCommands } from '../with-commands.ts';
import { alertUrl, button, pipelineUrl, time, unknown, versionUrl } from '../elements.ts';
import { type PageContext, type Known } from '../context.ts';

export interface Needs {
  alerts: Known<AlertLine[]>;
  approvals: Known<Approval[]>;
}

export async function readNeeds({ operations, reader }: PageContext, pipeline?: string): Promise<Needs> {
  const whose = pipeline ?? 'all';
  const [alerts, approvals] = await Promise.all([
    reader.ask(`alerts of ${whose}`, () => operations.alerts.list({ pipeline })),
    reader.ask(`approvals of ${whose}`, () => operations.approvals.list(pipeline)),
  ]);
  return { alerts, approvals };
}

/** What needs somebody, the first `most` entries; `problems`: what could not be read. */
export function needsSection({ alerts, approvals }: Needs, problems: readonly Html[] = [], most = Infinity): Section {
  const waiting = (approvals.value ?? []).map(
    ({ pipeline, version, reason, until }) =>
      html`<li class="warning">
        ${badge({ tone: 'warn', text: 'approval' })}
        <span class="grow"
          ><a href="${versionUrl(pipeline, version)}">${pipeline} ${versionName(version)}</a> waits for a person until
          ${time(until)}. ${reason}</span
        >
        ${button('Approve', 'approve', { pipeline, version })} ${button('Reject', 'reject', { pipeline, version })}
      </li>`,
  );
  const unknowns = [
    ...(alerts.problem === null ? [] : [unknown('alerts', alerts.problem)]),
    ...(approvals.problem === null ? [] : [unknown('approvals', approvals.problem)]),
    ...problems,
  ];
  const all = [...waiting, ...inGroups(alerts.value ?? []).map(({ alert, explains }) => alertItem(alert, explains))];
  const quiet =
    unknowns.length === 0 ? html`<p class="soft">Nothing. No alert is open and nothing is waiting.</p>` : html``;
  return {
    id: 'needs',
    heading: 'Needs you',
    content: html`${unknowns}
    ${
      all.length === 0
        ? quiet
        : html`<ul class="needs">
            ${all.slice(0, most)}
          </ul>`
    }
    ${all.length > most ? html`<p><a href="/alerts">${all.length - most} more</a></p>` : null}`,
  };
}

export function alertItem(alert: AlertLine, explains: readonly AlertLine[] = []): Html {
  const { id, pipeline, severity, summary, detail, openedAt, times, acknowledgedBy } = alert;
  return html`<li class="${severity}">
    ${badge({ tone: severity === 'critical' ? 'bad' : 'warn', text: severity })}
    <details class="grow">
      <summary>${about(pipeline, summary)}</summary>
      ${withCommands(detail)}
      ${
        explains.length === 0
          ? null
          : html`<p>Because of it:</p>
              <ul>
                ${explains.map((each) => html`<li>${about(each.pipeline, each.summary)}</li>`)}
              </ul>`
      }
    </details>
    <small
      ><a href="${alertUrl(id)}">since ${time(openedAt)}</a
      >${times > 1 ? `, ${times} times` : ''}${stateOf(alert)}</small
    >
    ${acknowledgedBy === null ? button('Acknowledge', 'acknowledge', { alert: id }) : null}
    ${button('Resolve', 'resolve', { alert: id })} ${silencing(alert)}
  </li>`;
}

const stateOf = ({ acknowledgedBy, silencedUntil, heldUntil, sent }: AlertLine): Html[] => [
  ...(acknowledgedBy === null ? [] : [html`, acknowledged by ${acknowledgedBy}`]),
  ...(silencedUntil === null ? [] : [html`, silenced until ${time(silencedUntil)}`]),
  ...(heldUntil === null ? [] : [html`, sent after quiet hours, ${time(heldUntil)}`]),
  ...(sent.failing.length === 0 ? [] : [html`, <strong>${notSentInWords(sent)}</strong>`]),
];

/** The button for what can be done about its silence. */
export const silencing = ({ id, silencedUntil }: Pick<AlertLine, 'id' | 'silencedUntil'>): Html =>
  silencedUntil === null
    ? button('Silence', 'silence', { alert: id })
    : button('End the silence', 'unsilence', { alert: id });

/** A summary that begins with its pipeline's name does not say it twice. */
export function about(pipeline: string | null, summary: string): Html {
  if (pipeline === null) return html`${summary}`;
  const link = html`<a href="${pipelineUrl(pipeline)}">${pipeline}</a>`;
  return summary.startsWith(`${pipeline} `) || summary.startsWith(`${pipeline}:`)
    ? html`${link}${summary.slice(pipeline.length)}`
    : html`${link}: ${summary}`;
}
