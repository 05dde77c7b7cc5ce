import { versionName } from '../../core/base/ids.ts';
import type { Finding } from '../../core/rollout/evidence/evidence.ts';
import { decisive, type Look, type SeenArm } from '../../core/rollout/progress.ts';
import { lookedIn, stepName } from '../../core/rollout/steps/step-words.ts';
import { after } from '../../core/time/time.ts';
import type { RolloutLine, RolloutShown } from '../../operations/index.ts';
import { count, counted, percent } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';
import { badge, facts, id as idOf, type Badge } from '../../pages/elements.ts';
import { table } from '../../pages/table.ts';
import { intervalChart, intervalKey } from '../charts/interval-chart.ts';
import type { BuildPage } from '../context.ts';
import type { Section } from '../layout.ts';
import { button, pipelineUrl, time, versionUrl } from '../elements.ts';
import { isInStep, looksOf, rolloutsOf, sharesOf, stateOf, wayOf } from './rollouts.ts';

/** A rollout: where it is, what each version did, what the checks say, and what was decided. */
export const rolloutPage: BuildPage = async (context, { name = '', id = '' }) => {
  const { operations, reader } = context;
  const [shown, rollouts] = await Promise.all([
    reader.read(`the database, about rollout ${id}`, () => operations.rollouts.show({ pipeline: name, id })),
    rolloutsOf(context, name),
  ]);
  return {
    title: `Rollout of ${name} ${versionName(shown.version)}`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: name, url: pipelineUrl(name) },
    ],
    sections: [
      whereSection(shown, rollouts.value?.listed ?? []),
      armsSection(shown),
      checksSection(shown),
      decisionsSection(shown),
      aboutSection(shown),
    ],
    facts: shown,
  };
};

function whereSection(shown: RolloutShown, others: readonly RolloutLine[]): Section {
  const { sign, words, until } = stateOf(shown, others);
  const { step, steps } = shown;
  const current = isInStep(shown) && step !== null ? steps?.[step.at] : undefined;
  const [look] = looksOf(shown);
  return {
    id: 'where',
    heading: 'Where it is',
    content: html`<p class="state">${badge(sign)} ${words}</p>
      ${wayOf(shown)}${sharesOf(shown)}
      ${
        current === undefined
          ? null
          : facts([
              { name: 'In this step since', value: time(step!.since) },
              { name: 'At least until', value: time(after(step!.since, current.bake)) },
              {
                name: 'Requests',
                value: count(look?.arms[1]?.rows ?? 0),
                detail: `at least ${count(current.minRequests)}`,
              },
              { name: 'Tells people if stuck', value: time(after(step!.since, current.longest)) },
              look ? { name: 'Latest news', value: time(look.at), detail: 'it looks every second' } : null,
            ])
      }
      ${actionsOf(shown, look, until !== null)}`,
  };
}

/** Only what makes sense now. Skip and continue are for the step that is shown; hold and abort for any. */
function actionsOf(shown: RolloutShown, look: Look | undefined, waitsForApproval: boolean): Html | null {
  const { pipeline, version, id: rollout, step } = shown;
  const given = { pipeline, version, rollout };
  if (waitsForApproval)
    return html`<div class="actions">${button('Approve', 'approve', given)} ${button('Reject', 'reject', given)}</div>`;
  if (!isInStep(shown)) return null;
  const inStep = { ...given, step: step!.at };
  const isHeld = shown.orders.findLast(({ order }) => order === 'hold' || order === 'continue')?.order === 'hold';
  return html`<div class="actions">
    ${isHeld ? null : button('Hold', 'hold', given)}
    ${isHeld || look?.decision === 'hold' ? button('Continue', 'continue', inStep) : null}
    ${button('Skip this step', 'skip', inStep)} ${button('Abort', 'abort', given)}
  </div>`;
}

function armsSection({ looks, steps }: RolloutShown): Section {
  const [look] = looks;
  const ofUnits = (part: number, { units }: SeenArm): string =>
    `${count(part)}${units > 0 ? ` (${percent(part / units, 2)})` : ''}`;
  const content = table<SeenArm>(
    'What each version did in this step',
    [
      {
        head: 'Version',
        cell: (arm) =>
          html`${versionName(arm.version)} <small>${arm === look!.arms[0] ? 'champion' : 'challenger'}</small>`,
      },
      {
        head: 'Requests',
        number: true,
        cell: ({ rows, units }) =>
          html`${count(rows)}${units === rows ? null : html` <small>of ${counted(units, 'unit')}</small>`}`,
      },
      { head: 'Failed', number: true, cell: (arm) => ofUnits(arm.failed, arm) },
      { head: 'Refused', number: true, cell: (arm) => ofUnits(arm.refused, arm) },
    ],
    look?.arms ?? [],
    'No look yet.',
  );
  const heading = look ? `What each version did ${inStep(look, steps)}` : 'What each version did';
  return { id: 'arms', heading, content };
}

const verdicts: Record<Finding['verdict'], Badge> = {
  worse: { tone: 'bad', text: 'worse' },
  unsure: { tone: 'warn', text: 'unsure' },
  fine: { tone: 'good', text: 'fine' },
  none: { tone: 'plain', text: 'nothing yet' },
};

function checksSection({ looks, steps }: RolloutShown): Section {
  const [latest] = looks;
  if (!latest) return { id: 'checks', heading: 'Checks', content: html`<p class="soft">No look yet.</p>` };
  const ofStep = looks.filter(({ step }) => step === latest.step).toReversed();
  const charts = latest.findings.map(({ check }) =>
    intervalChart(
      ofStep.flatMap(({ arms, findings }) => {
        const finding = findings.find((one) => one.check === check);
        return finding ? [{ requests: arms[1]?.units ?? 0, finding }] : [];
      }),
    ),
  );
  return {
    id: 'checks',
    heading: `What the checks say ${inStep(latest, steps)}`,
    content: html`${charts.some((chart) => chart !== null) ? intervalKey : null}
      <ul class="checks">
        ${latest.findings.map(
          ({ verdict, says }, i) =>
            html`<li>
              <p>${badge(verdicts[verdict])} ${says}</p>
              ${charts[i] ?? null}
            </li>`,
        )}
      </ul>`,
  };
}

const inStep = ({ step }: Look, steps: RolloutShown['steps']): string => {
  if (!steps) return `in step ${step + 1}`;
  const declared = steps[step];
  if (declared === undefined) return 'after all traffic';
  return declared.share === 'shadow' ? 'as a shadow' : `at ${stepName(declared)}`;
};

const decisionTones: Record<Look['decision'], Badge['tone']> = {
  wait: 'plain',
  hold: 'warn',
  next: 'good',
  'roll back': 'bad',
};

function decisionsSection({ looks, steps }: RolloutShown): Section {
  const content = table<Look>(
    'Decisions, newest first',
    [
      {
        head: 'When',
        cell: ({ at, step, arms }) =>
          html`${time(at)} <small>${lookedIn(steps, step)}, ${counted(arms[1]?.rows ?? 0, 'request')}</small>`,
      },
      {
        head: 'Decision',
        cell: ({ decision, reason }) => html`${badge({ tone: decisionTones[decision], text: decision })} ${reason}`,
      },
    ],
    decisive(looks),
    'No look yet.',
  );
  return { id: 'decisions', heading: 'What was decided when', content };
}

function aboutSection({
  pipeline,
  version,
  id,
  revision,
  cycle,
  reason,
  askedBy,
  askedAt,
  outcome,
  confirmation,
}: RolloutShown): Section {
  return {
    id: 'about',
    heading: 'Facts',
    content: html`${facts([
        { name: 'Version', value: html`<a href="${versionUrl(pipeline, version)}">${versionName(version)}</a>` },
        { name: 'Requested', value: time(askedAt) },
        { name: 'By', value: cycle === null ? askedBy : html`the training ${idOf(cycle)}` },
        outcome
          ? { name: outcome.result === 'promoted' ? 'All traffic' : 'Ended', value: time(outcome.endedAt) }
          : null,
        confirmation ? { name: 'Labels told', value: time(confirmation.endedAt) } : null,
        { name: 'Rollout', value: idOf(id) },
        { name: 'Revision', value: idOf(revision) },
      ])}
      <p>${reason}</p>`,
  };
}
