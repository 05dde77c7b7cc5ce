import { type AlertLine } from '../../operations/index.ts';
import { html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';
import { type Section } from '../layout.ts';
import { alertUrl, time, unknown } from '../elements.ts';
import { type BuildPage } from '../context.ts';
import { about, needsSection, readNeeds } from './needs.ts';

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
        : table<AlertLine>(
            'Resolved alerts',
            [
              {
                head: 'Alert',
                cell: ({ id, pipeline, summary }) =>
                  html`${about(pipeline, summary)} <a href="${alertUrl(id)}">more</a>`,
              },
              { head: 'Severity', cell: ({ severity }) => severity },
              { head: 'From', cell: ({ openedAt }) => time(openedAt) },
              { head: 'To', cell: ({ resolvedAt }) => (resolvedAt ? time(resolvedAt) : '') },
              { head: 'Resolved by', cell: ({ resolvedBy }) => (resolvedBy === 'itself' ? '' : (resolvedBy ?? '')) },
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
