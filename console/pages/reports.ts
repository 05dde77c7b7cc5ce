import { type Verdict } from '../../core/drift/verdict.ts';
import { count, percent } from '../../pages/format.ts';
import { html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';
import { type Section } from '../layout.ts';
import { pipelineUrl, reportUrl, time, verdictBadge } from '../elements.ts';
import { type BuildPage } from '../context.ts';
import { dataSection, versionsSection } from './pipeline-tables.ts';

/** The reports of a pipeline's loops. */
export const reportsPage: BuildPage = async ({ operations, reader }, { name = '' }) => {
  const overview = await reader.read(`the database, about ${name}`, () => operations.overview.of(name));
  const drift: Section = {
    id: 'drift',
    heading: 'Drift',
    content: table<Verdict>(
      'Drift checks, newest first',
      [
        { head: 'As of', cell: ({ asOf }) => time(asOf) },
        { head: 'Verdict', cell: verdictBadge },
        { head: 'Drifted columns', number: true, cell: ({ share }) => percent(share, 0) },
        { head: 'Rows', number: true, cell: ({ rows }) => count(rows.current) },
        {
          head: 'Report',
          cell: ({ id, reportKey }) =>
            reportKey === null ? '' : html`<a href="${reportUrl(name, 'drift', id)}">drift</a>`,
        },
      ],
      overview.verdicts,
      'No check has been made yet.',
    ),
  };
  return {
    title: `Reports of ${name}`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: name, url: pipelineUrl(name) },
    ],
    sections: [drift, dataSection(overview), versionsSection(overview)],
    facts: {
      pipeline: name,
      drift: overview.verdicts.flatMap(({ id, reportKey }) =>
        reportKey === null ? [] : [reportUrl(name, 'drift', id)],
      ),
      quality: overview.snapshots.map(({ id }) => reportUrl(name, 'quality', id)),
      models: overview.versions.map(({ version }) => reportUrl(name, 'models', `v${version}`)),
    },
  };
};
