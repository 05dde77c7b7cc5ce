import { html, type Html } from '../../../pages/html.ts';
import { table } from '../../../pages/table.ts';
import { type Section } from '../layout.ts';
import { button, pipelineUrl, runName, statusBadge, stepsOf, time, took, unknown, type TemporalUi } from '../parts.ts';
import { type Known } from '../reader.ts';
import { runsOf, type BuildPage, type RunWithState } from './context.ts';

const MOST = 100;

/** The runs of a pipeline, those under way with what they do. */
export const runsPage: BuildPage = async (context, { name = '' }) => {
  const runs = await runsOf(context, name, MOST);
  return {
    title: `Runs of ${name}`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: name, url: pipelineUrl(name) },
    ],
    sections: [runsSection(runs, context.ui, { heading: `The newest ${MOST}` })],
    facts: { pipeline: name, runs: runs.value, unknown: runs.problem },
  };
};

export function runsSection(
  runs: Known<RunWithState[]>,
  ui: TemporalUi | null,
  { heading, more }: { heading: string; more?: Html },
): Section {
  const content =
    runs.value === null ? unknown('runs', runs.problem) : html`${runsTable(runs.value, ui)}${more ?? null}`;
  return { id: 'runs', heading, content };
}

function runsTable(runs: readonly RunWithState[], ui: TemporalUi | null): Html {
  return table<RunWithState>(
    'Runs, newest first',
    [
      { head: 'Run', cell: (run) => html`${runName(run, ui)}${stepsOf(run.state ?? undefined)}` },
      { head: 'Status', cell: ({ status }) => statusBadge(status) },
      { head: 'Started', cell: ({ startedAt }) => time(startedAt) },
      {
        head: 'Took',
        number: true,
        cell: ({ startedAt, closedAt }) => (closedAt === null ? '' : took(startedAt, closedAt)),
      },
      { head: '', cell: cancelling },
    ],
    runs,
    'Nothing has run yet.',
  );
}

/** The loop that listens for ever is paused, not cancelled. */
const cancelling = ({ status, loop, asOf, workflowId, pipeline }: RunWithState): Html =>
  status !== 'running' || (loop === 'retraining' && asOf === null)
    ? html``
    : html`<div class="actions">${button('Cancel', 'cancel', { pipeline, run: workflowId })}</div>`;
