import { type Run, type RunState, type RunStatus, type RunStep } from '../../core/runs/runs.ts';
import { type Verdict } from '../../core/drift/verdict.ts';
import { type Instant } from '../../core/time/time.ts';
import { decimal } from '../../reports/format.ts';
import { html, type Html } from '../../reports/html.ts';
import { badge, type Badge } from '../../reports/page.ts';

/** '2026-01-03T02:00:00.000Z' // => a time element that reads 2026-01-03 02:00 */
export const time = (at: Instant): Html =>
  html`<time datetime="${at}">${at.slice(0, 10)}&nbsp;${at.slice(11, 16)}</time>`;

/** Where an action is confirmed: actionUrl('promote', { pipeline: 'fraud', version: 3 }) */
export function actionUrl(action: string, given: Record<string, string | number>): string {
  const query = new URLSearchParams(
    Object.entries(given).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return `/actions/${action}?${query.toString()}`;
}
export const button = (words: string, action: string, given: Record<string, string | number>): Html =>
  html`<a class="button" href="${actionUrl(action, given)}">${words}</a>`;

export const pipelineUrl = (name: string): string => `/pipelines/${encodeURIComponent(name)}`;
export const versionUrl = (name: string, version: number): string => `${pipelineUrl(name)}/versions/${version}`;
export const reportUrl = (name: string, kind: string, id: string): string =>
  `${pipelineUrl(name)}/reports/${kind}/${encodeURIComponent(id)}`;

export interface Column<Item> {
  head: string;
  cell: (item: Item) => Html | string | number;
  /** Numbers stand at the right. */
  number?: boolean;
}

/** A plain table whose rows are named by their first cell; words in its place when there is nothing. */
export function table<Item>(
  caption: string,
  items: readonly Item[],
  columns: readonly Column<Item>[],
  empty: string,
): Html {
  if (items.length === 0) return html`<p class="soft">${empty}</p>`;
  const classOf = ({ number }: Column<Item>): string => (number ? 'number' : 'text');
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption class="hidden">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" class="${classOf(column)}">${column.head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${items.map(
          (item) =>
            html`<tr>
              ${columns.map((column, i) =>
                i === 0
                  ? html`<th scope="row" class="${classOf(column)}">${column.cell(item)}</th>`
                  : html`<td class="${classOf(column)}">${column.cell(item)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export const facts = (all: readonly (readonly [string, Html | string | number] | null)[]): Html =>
  html`<dl class="facts">
    ${all
      .filter((fact) => fact !== null)
      .map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`;

const tones: Record<RunStatus, Badge['tone']> = {
  running: 'plain',
  completed: 'good',
  failed: 'bad',
  cancelled: 'warn',
  terminated: 'bad',
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

/** What is not known, and why: a part of a page, never the whole of it. */
export const unknown = (what: string, problem: string): Html =>
  html`<p class="unknown">${badge({ tone: 'warn', text: 'unknown' })} ${what}: ${problem}</p>`;

/** A step in words: 'trainCandidate: epoch 3 of 8, loss 0.12' */
export function stepInWords({ name, attempt, lastError, progress, startedAt }: RunStep): string {
  const said = progressInWords(progress);
  const again = attempt > 1 ? ` (attempt ${attempt})` : '';
  const waiting = startedAt === null ? ', waits for a worker' : '';
  const failed = lastError === null ? '' : `; before: ${lastError}`;
  return `${name}${again}${said === '' ? '' : `: ${said}`}${waiting}${failed}`;
}

/** Heartbeats have the form of their step; what is known of training is told whole, of others the numbers. */
export function progressInWords(details: unknown): string {
  if (typeof details !== 'object' || details === null) return '';
  const { progress, ...others } = details as Record<string, unknown>;
  if (typeof progress === 'object' && progress !== null) return trainingInWords(progress as Record<string, unknown>);
  const numbers = Object.entries(others).filter(([, value]) => typeof value === 'number');
  return numbers.map(([name, value]) => `${name} ${Number(value).toLocaleString('en-US')}`).join(', ');
}

function trainingInWords({ epoch, epochs, loss, rowsPerSecond }: Record<string, unknown>): string {
  const parts = [
    typeof epoch === 'number' && typeof epochs === 'number' ? `epoch ${Math.min(epoch + 1, epochs)} of ${epochs}` : '',
    typeof loss === 'number' ? `loss ${decimal(loss)}` : '',
    typeof rowsPerSecond === 'number' ? `${Math.round(rowsPerSecond).toLocaleString('en-US')} rows/s` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

export interface TemporalUi {
  url: string;
  namespace: string;
}

/** A run by its id, with its page in the Temporal Web UI where that is known. */
export function runName({ workflowId, runId }: Pick<Run, 'workflowId' | 'runId'>, ui: TemporalUi | null): Html {
  if (ui === null) return html`<span class="id">${workflowId}</span>`;
  const path = ['namespaces', ui.namespace, 'workflows', workflowId, runId].map(encodeURIComponent).join('/');
  return html`<a class="id" href="${ui.url.replace(/\/$/, '')}/${path}/history">${workflowId}</a>`;
}

export const stepsOf = (state: RunState | undefined): Html =>
  state === undefined || state.steps.length === 0
    ? html``
    : html`<ul class="steps">
        ${state.steps.map((step) => html`<li>${stepInWords(step)}</li>`)}
      </ul>`;
