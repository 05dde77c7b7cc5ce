import { versionName } from '../../core/base/ids.ts';
import { differenceInWords, figure, percent, signed, whole } from '../../core/experiments/figures.ts';
import type { ArmSeen, GuardFinding, Look } from '../../core/experiments/look.ts';
import { titleOf } from '../../core/experiments/words.ts';
import { after } from '../../core/time/time.ts';
import type { ExperimentShown } from '../../operations/index.ts';
import { counted } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';
import { badge, facts, id as idOf, type Badge } from '../../pages/elements.ts';
import { table } from '../../pages/table.ts';
import { differenceChart, differenceKey } from '../charts/difference-chart.ts';
import type { BuildPage } from '../context.ts';
import type { Section } from '../layout.ts';
import { button, pipelineUrl, rolloutUrl, time, versionUrl } from '../elements.ts';
import { stateOf } from './experiments.ts';

/** An experiment: how it stands, what each version did, its difference over time, its guards, and what was decided. */
export const experimentPage: BuildPage = async ({ operations, reader }, { name = '', id = '' }) => {
  const shown = await reader.read(`the database, about experiment ${id}`, () =>
    operations.experiments.show({ pipeline: name, id }),
  );
  return {
    title: `Experiment ${id}`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: name, url: pipelineUrl(name) },
    ],
    sections: [stateSection(shown), armsSection(shown), curvesSection(shown), guardsSection(shown), decisionsSection(shown), aboutSection(shown)], // prettier-ignore
    facts: shown,
  };
};

function stateSection(shown: ExperimentShown): Section {
  const { pipeline, id, plan, begunAt, outcome, looks } = shown;
  const { sign, words } = stateOf(shown);
  const [look] = looks;
  return {
    id: 'state',
    heading: titleOf(shown),
    content: html`<p class="state">${badge(sign)} ${words}</p>
      ${
        begunAt === null
          ? null
          : facts([
              { name: 'Since', value: time(begunAt) },
              outcome
                ? { name: 'Ended', value: time(outcome.endedAt) }
                : { name: 'Ends at the latest', value: time(after(begunAt, plan.longest)) },
              look ? { name: 'Latest news', value: time(look.at), detail: 'it looks every second' } : null,
              {
                name: 'Then',
                value: plan.afterwards === 'promote' ? 'a rollout of the winner' : 'the winner is only named',
              },
            ])
      }
      ${outcome?.rollout === undefined ? null : html`<p><a href="${rolloutUrl(pipeline, outcome.rollout)}">The rollout of the winner</a></p>`}
      ${
        outcome === null
          ? html`<div class="actions">${button('Stop', 'stop-experiment', { pipeline, experiment: id })}</div>`
          : null
      }`,
  };
}

/** The numbers that decided, or the latest. */
const armsOf = ({ outcome, looks }: ExperimentShown): ArmSeen[] =>
  outcome && outcome.arms.length > 0 ? outcome.arms : (looks[0]?.arms ?? []);

const verdicts: Record<NonNullable<ArmSeen['verdict']>, Badge> = {
  better: { tone: 'good', text: 'better' },
  worse: { tone: 'bad', text: 'worse' },
  same: { tone: 'plain', text: 'the same' },
  unsure: { tone: 'plain', text: 'not proven' },
};

function armsSection(shown: ExperimentShown): Section {
  const { pipeline, plan, looks } = shown;
  const crossed = looks[0]?.crossed ?? 0;
  const content = html`${table<ArmSeen>(
    `${plan.goal.name} of each version; a sample is an entity, or a key without one`,
    [
      {
        head: 'Version',
        cell: ({ version, isControl, share }) =>
          html`<a href="${versionUrl(pipeline, version)}">${versionName(version)}</a>
            <small>${isControl ? 'control' : share === 0 ? 'taken out' : percent(share)}</small>`,
      },
      { head: 'Samples', number: true, cell: ({ samples }) => whole(samples) },
      { head: 'With a number', number: true, cell: ({ count }) => whole(count) },
      { head: 'Mean', number: true, cell: ({ mean }) => (mean === null ? '\u2013' : figure(mean)) },
      { head: 'Difference', number: true, cell: ({ difference }) => (difference ? signed(difference.estimate) : '') },
      {
        head: 'Interval',
        number: true,
        cell: ({ difference }) =>
          difference ? html`<span class="unbroken">${signed(difference.low)} to ${signed(difference.high)}</span>` : '',
      },
      { head: 'Verdict', cell: ({ verdict }) => (verdict === null ? '' : badge(verdicts[verdict])) },
      {
        head: 'Needs about',
        number: true,
        cell: ({ verdict, needs }) =>
          verdict !== 'unsure' ? '' : needs === null ? 'nobody knows' : `${whole(needs)} more`,
      },
    ],
    armsOf(shown),
    'No look yet.',
  )}
  ${
    crossed > 0
      ? html`<p class="soft">${counted(crossed, 'sample')} met several versions, and count for none.</p>`
      : null
  }`;
  return { id: 'versions', heading: 'What each version did', content };
}

function curvesSection(shown: ExperimentShown): Section {
  const { plan, looks } = shown;
  const { same, name } = plan.goal;
  const control = armsOf(shown).find(({ isControl }) => isControl)?.version;
  const challengers = armsOf(shown).filter(({ isControl }) => !isControl);
  const inOrder = looks.toReversed();
  const curves = challengers.map(({ version, verdict, difference: latest }) => ({
    version,
    verdict,
    difference: latest,
    chart: differenceChart({
      title: `${name} of ${versionName(version)} beside ${control === undefined ? 'the control' : versionName(control)}`,
      points: inOrder.flatMap(({ at, arms }) => {
        const difference = arms.find((arm) => arm.version === version)?.difference;
        return difference ? [{ at, difference }] : [];
      }),
      same,
    }),
  }));
  const content = curves.some(({ chart }) => chart !== null)
    ? html`${differenceKey(same)}
        <ul class="checks">
          ${curves.map(
            ({ version, verdict, difference, chart }) =>
              html`<li>
                <p>
                  <b>${versionName(version)}</b> beside ${control === undefined ? 'the control' : versionName(control)}:
                  ${difference ? differenceInWords(difference) : null}
                  ${verdict === null ? null : badge(verdicts[verdict])}
                </p>
                ${chart ?? html`<p class="soft">Too few numbers yet.</p>`}
              </li>`,
          )}
        </ul>`
    : html`<p class="soft">Too few numbers yet.</p>`;
  return { id: 'curves', heading: 'Differences over time', content };
}

const guardSigns: Record<GuardFinding['verdict'], Badge> = {
  worse: { tone: 'bad', text: 'worse' },
  unsure: { tone: 'warn', text: 'unsure' },
  fine: { tone: 'good', text: 'fine' },
  none: { tone: 'plain', text: 'nothing yet' },
};

function guardsSection(shown: ExperimentShown): Section {
  const found = armsOf(shown).flatMap(({ version, guards }) => guards.map((guard) => ({ version, ...guard })));
  const content: Html =
    shown.plan.guards.length === 0
      ? html`<p class="soft">This experiment has none.</p>`
      : table(
          'What no version may be proven worse in',
          [
            { head: 'Version', cell: ({ version }) => versionName(version) },
            { head: 'Guard', cell: ({ name }) => name },
            { head: 'Finding', words: true, cell: ({ verdict, says }) => html`${badge(guardSigns[verdict])} ${says}` },
          ],
          found,
          'No look yet.',
        );
  return { id: 'guards', heading: 'Guards', content };
}

const decisionTones: Record<Look['decision'], Badge['tone']> = {
  wait: 'plain',
  hold: 'warn',
  'take out': 'bad',
  end: 'good',
};

/** The looks that decided something new; looks are the newest first. */
const decisive = (looks: readonly Look[]): Look[] =>
  looks.filter(({ decision }, i) => decision === 'take out' || looks[i + 1]?.decision !== decision);

function decisionsSection({ looks }: ExperimentShown): Section {
  const content = table<Look>(
    'Decisions, newest first',
    [
      {
        head: 'When',
        cell: ({ at, arms }) =>
          html`${time(at)}
            <small
              >${counted(
                arms.reduce((sum, { samples }) => sum + samples, 0),
                'sample',
              )}</small
            >`,
      },
      {
        head: 'Decision',
        cell: (look) => {
          const what = look.decision === 'take out' ? `take out ${versionName(look.version)}` : look.decision;
          return html`${badge({ tone: decisionTones[look.decision], text: what })} ${look.reason}`;
        },
      },
    ],
    decisive(looks),
    'No look yet.',
  );
  return { id: 'decisions', heading: 'What was decided when', content };
}

function aboutSection({ id, plan, reason, askedBy, askedAt, revision }: ExperimentShown): Section {
  const { goal } = plan;
  return {
    id: 'about',
    heading: 'Facts',
    content: html`${facts([
        { name: 'Metric', value: goal.name, detail: `${goal.better} is better` },
        { name: 'Counts as the same', value: goal.same === 0 ? 'no difference' : `up to ${figure(goal.same)}` },
        {
          name: 'A sample without a number',
          value: goal.absent === null ? 'does not count' : `counts as ${figure(goal.absent)} after ${goal.within}`,
        },
        { name: 'All intervals hold', value: percent(1 - plan.alpha), detail: 'at every look, together' },
        { name: 'Requested', value: time(askedAt), detail: `by ${askedBy}` },
        { name: 'Experiment', value: idOf(id) },
        { name: 'Revision', value: idOf(revision) },
      ])}
      <p>${reason}</p>`,
  };
}
