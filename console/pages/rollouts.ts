import { versionName } from '../../core/base/ids.ts';
import type { Confirmation } from '../../core/rollout/evidence/confirmation.ts';
import type { Look } from '../../core/rollout/progress.ts';
import { stepName, UNREAD_STEPS } from '../../core/rollout/steps/step-words.ts';
import type { RolloutLine, RolloutShown } from '../../operations/index.ts';
import { html, type Html } from '../../pages/html.ts';
import { badge, type Badge } from '../../pages/elements.ts';
import { table } from '../../pages/table.ts';
import { sharesBar } from '../charts/shares-bar.ts';
import type { Known, PageContext } from '../context.ts';
import type { Section } from '../layout.ts';
import { rolloutUrl, time, unknown } from '../elements.ts';
import { outcomeTones } from './pipeline-tables.ts';

const MOST_LISTED = 10;

/** The rollouts of a pipeline; those that are under way with their steps. */
export interface PipelineRollouts {
  listed: RolloutLine[];
  running: RolloutShown[];
}

export const rolloutsOf = ({ operations, reader }: PageContext, pipeline: string): Promise<Known<PipelineRollouts>> =>
  reader.ask(`the database, about rollouts of ${pipeline}`, async () => {
    const listed = await operations.rollouts.list(pipeline, MOST_LISTED);
    const open = listed.filter(({ outcome }) => outcome === null);
    return { listed, running: await Promise.all(open.map(({ id }) => operations.rollouts.show({ pipeline, id }))) };
  });

/** What is under way on top, and what came of the others. */
export function rolloutsSection({ value, problem }: Known<PipelineRollouts>): Section {
  const head = { id: 'rollouts', heading: 'Rollouts' };
  if (value === null) return { ...head, content: unknown('rollouts', problem) };
  const { listed, running } = value;
  const content = html`${running.map((shown) => inShort(shown, listed))}
  ${table<RolloutLine>(
    'Rollouts that have ended, newest first',
    [
      {
        head: 'Version',
        cell: ({ pipeline, id, version }) => html`<a href="${rolloutUrl(pipeline, id)}">${versionName(version)}</a>`,
      },
      { head: 'Requested', cell: ({ askedAt }) => time(askedAt) },
      {
        head: 'Outcome',
        words: true,
        cell: ({ outcome, confirmation }) =>
          html`${badge({ tone: outcomeTones[outcome!.result], text: outcome!.result })} ${outcome!.reason}
          ${confirmation ? html`${badge(confirmationSign(confirmation))} ${confirmation.reason}` : null}`,
      },
    ],
    listed.filter(({ outcome }) => outcome !== null),
    running.length > 0 ? 'None has ended yet.' : 'None yet. A training starts one when its challenger passes the gate.',
  )}`;
  return { ...head, content };
}

function inShort(shown: RolloutShown, listed: readonly RolloutLine[]): Html {
  const { pipeline, id, version } = shown;
  const { sign, words } = stateOf(shown, listed);
  return html`<div class="rollout">
    <p><a href="${rolloutUrl(pipeline, id)}">${versionName(version)}</a> ${badge(sign)} ${words}</p>
    ${wayOf(shown)} ${sharesOf(shown)}
  </div>`;
}

/** Whether its latest look belongs to the step that it is in. */
export const looksOf = ({ looks, step }: RolloutShown): RolloutShown['looks'] =>
  step === null ? [] : looks.filter((look) => look.step === step.at);

/** Whether it is in a step, where people can tell it what to do. */
export const isInStep = ({ outcome, step, passed }: RolloutShown): boolean =>
  outcome === null && step !== null && passed <= step.at;

const underWay: Badge = { tone: 'plain', text: 'under way' };
const signs: Record<Look['decision'], Badge> = {
  wait: underWay,
  next: underWay,
  hold: { tone: 'warn', text: 'held' },
  'roll back': { tone: 'bad', text: 'rolls back' },
};

const confirmationTones: Record<Confirmation['result'], Badge['tone']> = {
  confirmed: 'good',
  'taken back': 'bad',
  unproven: 'plain',
  superseded: 'plain',
};
export const confirmationSign = ({ result }: Confirmation): Badge => ({
  tone: confirmationTones[result],
  text: result === 'superseded' ? 'not confirmed' : result,
});

/** How it stands, and what it waits for; `others`: the newest rollouts of its pipeline. */
export function stateOf(
  shown: RolloutShown,
  others: readonly RolloutLine[],
): { sign: Badge; words: string | Html; until: string | null } {
  const { id, outcome, step, askedAt, confirmation, confirming } = shown;
  if (confirmation) return { sign: confirmationSign(confirmation), words: confirmation.reason, until: null };
  if (confirming) return { sign: { tone: 'good', text: 'promoted' }, words: 'Labels are to confirm it: the former champion scores as a shadow until they come.', until: null }; // prettier-ignore
  if (outcome) return { sign: { tone: outcomeTones[outcome.result], text: outcome.result }, words: outcome.reason, until: null }; // prettier-ignore
  const until = others.find((other) => other.id === id)?.waitsUntil ?? null;
  if (until) {
    const words = html`for a person until ${time(until)}. ${shown.reason}`;
    return { sign: { tone: 'warn', text: 'waits for approval' }, words, until };
  }
  const earlier = others.findLast((other) => other.outcome === null && other.id !== id && other.askedAt <= askedAt);
  if (step === null) {
    if (earlier) return { sign: { tone: 'plain', text: 'waits' }, words: `until the rollout of ${versionName(earlier.version)} has ended`, until }; // prettier-ignore
    if (shown.waitsFor)
      return { sign: { tone: 'plain', text: 'waits' }, words: `until ${shown.waitsFor} has ended`, until };
    return { sign: underWay, words: 'It has not begun a step.', until };
  }
  const [look] = looksOf(shown);
  if (!look) return { sign: underWay, words: 'Nothing is known of this step yet.', until };
  return { sign: signs[look.decision], words: look.decision === 'wait' ? `waits: ${look.reason}` : look.reason, until };
}

/** The steps to all traffic: done, now, to come. */
export function wayOf({ steps, passed, step, outcome }: RolloutShown): Html {
  if (!steps) return html`<p class="soft">Steps: ${UNREAD_STEPS}.</p>`;
  const names = [...steps.map(stepName), '100 %'];
  const here = outcome?.result === 'promoted' ? names.length : Math.max(passed, step?.at ?? 0);
  return html`<ol class="way" aria-label="Steps">
    ${names.map((name, at) => {
      if (at < here) return html`<li class="done"><b>${name}</b> <small>done</small></li>`;
      if (at > here) return html`<li><b>${name}</b> <small>${outcome ? 'not reached' : 'to come'}</small></li>`;
      return outcome
        ? html`<li class="ended"><b>${name}</b> <small>${outcome.result}</small></li>`
        : html`<li class="now" aria-current="step"><b>${name}</b> <small>now</small></li>`;
    })}
  </ol>`;
}

/** The shares of the step that it is in, once a look has seen who the champion is. */
export function sharesOf(shown: RolloutShown): Html | null {
  const [look] = looksOf(shown);
  const [champion, challenger] = look?.arms ?? [];
  return isInStep(shown) && champion && challenger ? sharesBar([champion, challenger]) : null;
}
