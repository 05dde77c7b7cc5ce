import type { Experiment, ExperimentResult } from '../../core/experiments/experiments.ts';
import { versionName } from '../../core/base/ids.ts';
import { stateInWords, titleOf } from '../../core/experiments/words.ts';
import type { ExperimentShown } from '../../operations/index.ts';
import { html, type Html } from '../../pages/html.ts';
import { badge, type Badge } from '../../pages/elements.ts';
import { table } from '../../pages/table.ts';
import type { Known, PageContext } from '../context.ts';
import type { Section } from '../layout.ts';
import { experimentUrl, time, unknown } from '../elements.ts';

const MOST_LISTED = 10;

/** The experiments of a pipeline; the one that is under way with its looks. */
export interface PipelineExperiments {
  listed: Experiment[];
  running: ExperimentShown | null;
}

export const experimentsOf = (
  { operations, reader }: PageContext,
  pipeline: string,
): Promise<Known<PipelineExperiments>> =>
  // prettier-ignore
  reader.ask(`the database, about experiments of ${pipeline}`, async () => {
    const listed = await operations.experiments.list(pipeline, MOST_LISTED);
    const open = listed.find(({ outcome }) => outcome === null);
    return { listed, running: open ? await operations.experiments.show({ pipeline, id: open.id }) : null };
  });

export const resultTones: Record<ExperimentResult, Badge['tone']> = {
  better: 'good',
  kept: 'plain',
  undecided: 'plain',
  mismatch: 'bad',
  stopped: 'plain',
  superseded: 'plain',
  failed: 'bad',
};

/** How it stands, as a sign and words. */
export function stateOf(shown: ExperimentShown): { sign: Badge; words: string } {
  const { outcome, begunAt, overruled, looks } = shown;
  const [look] = looks;
  // The sign says the first word of these.
  const words = stateInWords(shown, look ?? null).replace(/^(holds|under way|waits|[a-z]+): /, '');
  if (outcome) return { sign: { tone: resultTones[outcome.result], text: outcome.result }, words };
  if (overruled) return { sign: { tone: 'warn', text: 'overruled' }, words };
  if (begunAt === null) return { sign: { tone: 'plain', text: 'not begun' }, words };
  if (look?.decision === 'hold') return { sign: { tone: 'warn', text: 'holds' }, words };
  return { sign: { tone: 'plain', text: 'under way' }, words };
}

/** The one under way on top, and what came of the others; nothing where there was none. */
export function experimentsSection({ value, problem }: Known<PipelineExperiments>): Section[] {
  const head = { id: 'experiments', heading: 'Experiments' };
  if (value === null) return [{ ...head, content: unknown('experiments', problem) }];
  const { listed, running } = value;
  if (listed.length === 0) return [];
  const content = html`${running === null ? null : inShort(running)}
  ${table<Experiment>(
    'Experiments that have ended, newest first',
    [
      { head: 'Experiment', cell: ({ pipeline, id }) => html`<a href="${experimentUrl(pipeline, id)}">${id}</a>` },
      { head: 'Versions', cell: ({ plan }) => plan.arms.map(({ version }) => versionName(version)).join(', ') },
      { head: 'Metric', cell: ({ plan }) => plan.goal.name },
      { head: 'Started', cell: ({ askedAt }) => time(askedAt) },
      {
        head: 'Outcome',
        cell: ({ outcome }) =>
          html`${badge({ tone: resultTones[outcome!.result], text: outcome!.result })} ${outcome!.reason}`,
      },
    ],
    listed.filter(({ outcome }) => outcome !== null),
    'None has ended yet.',
  )}`;
  return [{ ...head, content }];
}

function inShort(shown: ExperimentShown): Html {
  const { sign, words } = stateOf(shown);
  return html`<div class="rollout">
    <p><a href="${experimentUrl(shown.pipeline, shown.id)}">${shown.id}</a>: ${titleOf(shown)}</p>
    <p>${badge(sign)} ${words}</p>
  </div>`;
}
