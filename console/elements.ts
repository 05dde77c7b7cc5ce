import { type Run, type RunState, type RunStatus, type RunStep } from '../core/runs/runs.ts';
import { type Verdict } from '../core/drift/verdict.ts';
import { type Instant } from '../core/time/time.ts';
import { decimal } from '../pages/format.ts';
import { html, type Html } from '../pages/html.ts';
import { badge, id, type Badge } from '../pages/elements.ts';

/** '2026-01-03T02:00:00.000Z' // => a time element that reads 2026-01-03 02:00 */
export const time = (at: Instant): Html =>
  html`<time datetime="${at}">${at.slice(0, 10)}&nbsp;${at.slice(11, 16)}</time>`;

/** The address of an action's confirmation: actionUrl('promote', { pipeline: 'fraud', version: 3 }) */
export function actionUrl(action: string, given: Record<string, string | number>): string {
  const query = new URLSearchParams(
    Object.entries(given).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return `/actions/${action}?${query.toString()}`;
}
export const button = (words: string, action: string, given: Record<string, string | number>): Html =>
  html`<a class="button" href="${actionUrl(action, given)}">${words}</a>`;

export const pipelineUrl = (name: string): string => `/pipelines/${encodeURIComponent(name)}`;
export const versionUrl = (name: string, version: number | string): string =>
  `${pipelineUrl(name)}/versions/${encodeURIComponent(version)}`;
/** A row to try on versions: these, or those that one would expect. */
export const tryUrl = (name: string, versions: readonly (number | undefined)[] = []): string => {
  const query = versions.flatMap((version) => (version === undefined ? [] : [`version=${version}`]));
  return `${pipelineUrl(name)}/try${query.length === 0 ? '' : `?${query.join('&')}`}`;
};
/** The row of a prediction to try; only who may operate sees it. */
export const predictionUrl = (name: string, id: string): string => `${tryUrl(name)}?from=${encodeURIComponent(id)}`;
export const alertUrl = (id: string): string => `/alerts/${encodeURIComponent(id)}`;
/** Without versions: where they are chosen. */
export const compareUrl = (name: string): string => `${pipelineUrl(name)}/compare`;
export const rolloutUrl = (name: string, id: string): string =>
  `${pipelineUrl(name)}/rollouts/${encodeURIComponent(id)}`;
/** Without a run: their list. */
export const trainingRunUrl = (name: string, run?: string): string =>
  `${pipelineUrl(name)}/training-runs${run === undefined ? '' : `/${encodeURIComponent(run)}`}`;
export const experimentUrl = (name: string, id: string): string =>
  `${pipelineUrl(name)}/experiments/${encodeURIComponent(id)}`;
export const reportUrl = (name: string, kind: string, id: string): string =>
  `${pipelineUrl(name)}/reports/${kind}/${encodeURIComponent(id)}`;

/** Where an action leads back to: the page of what it changes. */
export function backFrom({
  pipeline,
  rollout,
  experiment,
  page,
  version,
  alert,
}: Readonly<Record<string, string>>): string {
  if (alert !== undefined) return '/alerts';
  if (pipeline === undefined) return '/';
  if (page === 'version' && version !== undefined) return versionUrl(pipeline, version);
  if (experiment !== undefined) return experimentUrl(pipeline, experiment);
  return rollout === undefined ? pipelineUrl(pipeline) : rolloutUrl(pipeline, rollout);
}

const tones: Record<RunStatus, Badge['tone']> = {
  running: 'plain',
  completed: 'good',
  failed: 'bad',
  cancelled: 'warn',
  terminated: 'warn',
  'timed out': 'bad',
};
export const statusBadge = (status: RunStatus): Html => badge({ tone: tones[status], text: status });

export function verdictBadge(verdict: Pick<Verdict, 'level' | 'abstained'>): Html {
  if (verdict.abstained !== null) return badge({ tone: 'plain', text: 'abstained' });
  const tone = ({ stable: 'good', drifting: 'warn', severe: 'bad' } as const)[verdict.level];
  return badge({ tone, text: verdict.level });
}

/** took('2026-01-03T02:00:00.000Z', '2026-01-03T02:01:05.000Z') // => '1 min 5 s' */
export function took(from: Instant, to: Instant): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A note in a part of a page about unknown data, with the reason. */
export const unknown = (what: string, problem: string): Html =>
  html`<p class="unknown">${badge({ tone: 'warn', text: 'unknown' })} ${what}: ${problem}</p>`;

/** A step's description: 'trainCandidate: epoch 3 of 8, loss 0.12' */
export function stepInWords({ name, attempt, lastError, progress, startedAt }: RunStep): string {
  const said = progressInWords(progress);
  const again = attempt > 1 ? ` (attempt ${attempt})` : '';
  const waiting = startedAt === null ? ', waits for a worker' : '';
  const failed = lastError === null ? '' : `; before: ${lastError}`;
  return `${name}${again}${said === '' ? '' : `: ${said}`}${waiting}${failed}`;
}

/** Heartbeats have the form of their step: those of training and rollout are shown in full, others as numbers. */
export function progressInWords(details: unknown): string {
  if (typeof details !== 'object' || details === null) return '';
  const { progress, decision, reason, ...others } = details as Record<string, unknown>;
  if (typeof decision === 'string' && typeof reason === 'string') return `${decision}: ${reason}`;
  if (typeof progress === 'object' && progress !== null) return trainingInWords(progress as Record<string, unknown>);
  const numbers = Object.entries(others).filter(([, value]) => typeof value === 'number');
  return numbers.map(([name, value]) => `${name} ${Number(value).toLocaleString('en-US')}`).join(', ');
}

function trainingInWords({ unit, done, of, loss, rowsPerSecond }: Record<string, unknown>): string {
  const parts = [
    typeof done === 'number' && typeof of === 'number' ? `${String(unit)} ${Math.min(done + 1, of)} of ${of}` : '',
    typeof loss === 'number' ? `loss ${decimal(loss)}` : '',
    typeof rowsPerSecond === 'number' ? `${Math.round(rowsPerSecond).toLocaleString('en-US')} rows/s` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

export interface TemporalUi {
  url: string;
  namespace: string;
}

/** A run's id, linked to its page in the Temporal Web UI if that is known. */
export function runName({ workflowId, runId }: Pick<Run, 'workflowId' | 'runId'>, ui: TemporalUi | null): Html {
  if (ui === null) return id(workflowId);
  const path = ['namespaces', ui.namespace, 'workflows', workflowId, runId].map(encodeURIComponent).join('/');
  return html`<a class="id" href="${ui.url.replace(/\/$/, '')}/${path}/history">${workflowId}</a>`;
}

export const stepsOf = (state: RunState | undefined): Html =>
  state === undefined || state.steps.length === 0
    ? html``
    : html`<ul class="steps">
        ${state.steps.map((step) => html`<li>${stepInWords(step)}</li>`)}
      </ul>`;
