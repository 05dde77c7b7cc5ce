import { headline } from '../../core/drift/standing.ts';
import { behindInWords, type Verdict } from '../../core/drift/verdict.ts';
import { count, list, percent } from '../../pages/format.ts';
import { html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';
import { type Section } from '../layout.ts';
import { pipelineUrl, reportUrl, time, verdictBadge } from '../elements.ts';
import { type BuildPage } from '../context.ts';
import { dataSection, versionsSection } from './pipeline-tables.ts';

const MOST_NAMED = 4;

/** What decided the level, with the columns behind it. */
function foundIn(verdict: Verdict): string {
  if (verdict.abstained !== null) return 'too few rows to tell';
  const behind = behindInWords(verdict);
  return `${headline(verdict)}${behind.length > 0 ? `: ${list(behind, MOST_NAMED)}` : ''}`;
}

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
        { head: 'Found', words: true, cell: foundIn },
        {
          head: 'Past thresholds',
          number: true,
          hint: 'share of columns by weight',
          cell: ({ share }) => percent(share, 0),
        },
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
