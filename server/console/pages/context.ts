import { type Operations } from '../../../operations/index.ts';
import { type Run, type RunState } from '../../../core/runs/runs.ts';
import { type Watched } from '../../protocols/metrics.ts';
import { type Page } from '../layout.ts';
import { type TemporalUi } from '../parts.ts';
import { type Known, type Reader } from '../reader.ts';

/** What pages are made from. */
export interface PageContext {
  operations: Operations;
  reader: Reader;
  watched: Watched;
  ui: TemporalUi | null;
}

/** What the path names, and `page` of its query. */
export type Parameters = Readonly<Record<string, string>>;
export type BuildPage = (context: PageContext, parameters: Parameters) => Promise<Page>;

export type RunWithState = Run & { state: RunState | null };
const MOST_LOOKED_INTO = 12;

/** The newest runs, those under way first, with what they are doing. */
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
      // A run that ended in between is no reason to show no page.
      const state = await reader.read(`run ${workflowId}`, () => operations.run.state(workflowId)).catch(() => null);
      if (state) states.set(workflowId, state);
    }),
  );
  const described = runs.value.map((run) => ({ ...run, state: states.get(run.workflowId) ?? null }));
  // What goes on comes first: among many short runs nobody would find the training that is under way.
  const goesOn = ({ status }: Run): number => (status === 'running' ? 0 : 1);
  return { value: described.sort((a, b) => goesOn(a) - goesOn(b)), problem: null };
}
