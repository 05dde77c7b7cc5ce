import { type Run, type RunState } from '../../core/runs/runs.ts';
import { html, type Html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';
import { type Section } from '../layout.ts';
import { button, pipelineUrl, runName, statusBadge, stepsOf, time, took, unknown } from '../elements.ts';
import { type BuildPage, type PageContext, type Known } from '../context.ts';

const MOST = 100;

/** The runs of a pipeline; running ones show their current steps. */
export const runsPage: BuildPage = async (context, { name = '' }) => {
  const runs = await runsOf(context, name, MOST);
  return {
    title: `Runs of ${name}`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: name, url: pipelineUrl(name) },
    ],
    sections: [runsSection(runs, context, { heading: `The newest ${MOST}` })],
    facts: { pipeline: name, runs: runs.value, unknown: runs.problem },
  };
};

export type RunWithState = Run & { state: RunState | null };
const MOST_LOOKED_INTO = 12;

/** The newest runs, running ones first, with their current steps. */
export async function runsOf(
  { operations, reader }: PageContext,
  pipeline: string | undefined,
  limit: number,
): Promise<Known<RunWithState[]>> {
  const key = `Temporal (runs of ${pipeline ?? 'all'}, ${limit})`;
  const runs = await reader.ask(key, () => operations.runs.list(pipeline, limit));
  if (runs.value === null) return runs;
  const looked = runs.value.filter(({ status }) => status === 'running').slice(0, MOST_LOOKED_INTO);
  const states = new Map<string, RunState>();
  await Promise.all(
    looked.map(async ({ workflowId }) => {
      // A run that ended in between must not fail the page.
      const state = await reader.read(`run ${workflowId}`, () => operations.run.state(workflowId)).catch(() => null);
      if (state) states.set(workflowId, state);
    }),
  );
  const described = runs.value.map((run) => ({ ...run, state: states.get(run.workflowId) ?? null }));
  // Running ones first: among many short runs nobody would find the running training.
  const goesOn = ({ status }: Run): number => (status === 'running' ? 0 : 1);
  return { value: described.sort((a, b) => goesOn(a) - goesOn(b)), problem: null };
}

export function runsSection(
  runs: Known<RunWithState[]>,
  shown: Pick<PageContext, 'ui' | 'simulated'>,
  { heading, more }: { heading: string; more?: Html },
): Section {
  const content =
    runs.value === null ? unknown('runs', runs.problem) : html`${runsTable(runs.value, shown)}${more ?? null}`;
  return { id: 'runs', heading, content };
}

function runsTable(runs: readonly RunWithState[], { ui, simulated }: Pick<PageContext, 'ui' | 'simulated'>): Html {
  return table<RunWithState>(
    'Runs, newest first',
    [
      { head: 'Run', cell: (run) => html`${runName(run, ui)}${stepsOf(run.state ?? undefined)}` },
      { head: 'Status', cell: ({ status }) => statusBadge(status) },
      { head: 'Started', ...(simulated && { hint: 'real time' }), cell: ({ startedAt }) => time(startedAt) },
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

/** The loop that never ends can be paused, not cancelled. */
const cancelling = ({ status, loop, asOf, workflowId, pipeline }: RunWithState): Html =>
  status !== 'running' || (loop === 'retraining' && asOf === null)
    ? html``
    : html`<div class="actions">${button('Cancel', 'cancel', { pipeline, run: workflowId })}</div>`;
