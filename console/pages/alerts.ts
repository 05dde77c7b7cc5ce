import { type ListedAlert } from '../../core/alerts/alerts.ts';
import { html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';
import { type Section } from '../layout.ts';
import { pipelineUrl, time, unknown } from '../elements.ts';
import { type BuildPage } from '../context.ts';
import { needsSection, readNeeds } from './needs.ts';

/** Open and ended alerts. */
export const alertsPage: BuildPage = async (context) => {
  const { operations, reader } = context;
  const [needs, all] = await Promise.all([
    readNeeds(context),
    reader.ask('all alerts', () => operations.alerts.list({ all: true })),
  ]);
  const ended = (all.value ?? []).filter(({ resolvedAt }) => resolvedAt !== null);
  const past: Section = {
    id: 'ended',
    heading: 'Resolved',
    content:
      all.value === null
        ? unknown('alerts', all.problem)
        : table<ListedAlert>(
            'Resolved alerts',
            [
              {
                head: 'Alert',
                cell: ({ pipeline, summary }) =>
                  html`${pipeline === null ? null : html`<a href="${pipelineUrl(pipeline)}">${pipeline}</a>: `}${summary}`,
              },
              { head: 'Severity', cell: ({ severity }) => severity },
              { head: 'From', cell: ({ openedAt }) => time(openedAt) },
              { head: 'To', cell: ({ resolvedAt }) => (resolvedAt ? time(resolvedAt) : '') },
              { head: 'Resolved by', cell: ({ resolvedBy }) => resolvedBy ?? '' },
            ],
            ended,
            'No alert has been resolved yet.',
          ),
  };
  return {
    title: 'Alerts',
    crumbs: [{ title: 'All pipelines', url: '/' }],
    sections: [needsSection(needs), past],
    facts: { alerts: all.value, approvals: needs.approvals.value },
  };
};
