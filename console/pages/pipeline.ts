import { ago } from '../../core/time/ago.ts';
import { recipientInWords } from '../../core/alerts/sent.ts';
import { metricTitle } from '../../core/metrics/index.ts';
import { type ScheduleState } from '../../core/runs/schedules.ts';
import { versionName } from '../../core/base/ids.ts';
import { goesBackTo } from '../../core/rollout/traffic.ts';
import { type PipelineOverview, type Recipient } from '../../operations/index.ts';
import { count, decimal } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';
import { badge, facts } from '../../pages/elements.ts';
import { table } from '../../pages/table.ts';
import { type Page, type Section } from '../layout.ts';
import { button, pipelineUrl, time, unknown, verdictBadge, versionUrl } from '../elements.ts';
import { driftSection, qualitySection } from './quality-and-drift.ts';
import { type BuildPage, type Known, type PageContext, type Serving } from '../context.ts';
import { dataSection, trainingSection, versionsSection } from './pipeline-tables.ts';
import { experimentsOf, experimentsSection } from './experiments.ts';
import { needsSection, readNeeds } from './needs.ts';
import { rolloutsOf, rolloutsSection } from './rollouts.ts';
import { runsOf, runsSection } from './runs.ts';

const RUNS = 12;

/** One pipeline: what serves, its quality, drift, runs, what needs somebody, and its past. */
export const pipelinePage: BuildPage = async (context, { name = '' }): Promise<Page> => {
  const { operations, reader } = context;
  const serving = context.serving()[name] ?? null;
  const [overview, needs, rollouts, experiments, runs, schedules, recipients] = await Promise.all([
    reader.ask(`the database, about ${name}`, () => operations.overview.of(name)),
    readNeeds(context, name),
    rolloutsOf(context, name),
    experimentsOf(context, name),
    runsOf(context, name, RUNS),
    reader.ask(`Temporal (schedules of ${name})`, () => operations.schedules.list(name)),
    reader.ask(`recipients of ${name}`, () => operations.alerts.recipients(name)),
  ]);
  const known = overview.value;
  const problems = overview.problem === null ? [] : [unknown('the past of this pipeline', overview.problem)];
  const more = html`<p><a href="${pipelineUrl(name)}/runs">All runs</a></p>`;
  const past = known ? [qualitySection(known), driftSection(known)] : [];
  const tables = known ? [versionsSection(known), trainingSection(known), dataSection(known)] : [];
  return {
    title: name,
    crumbs: [{ title: 'All pipelines', url: '/' }],
    sections: [
      needsSection(needs, problems),
      servingSection(name, serving, known, { recipients: recipients.value, simulated: context.simulated }),
      rolloutsSection(rollouts),
      ...experimentsSection(experiments),
      ...past,
      runsSection(runs, context, { heading: 'Runs', more }),
      schedulesSection(name, schedules, context),
      ...tables,
    ],
    facts: {
      pipeline: name,
      serving,
      ...(known && { ...known, verdicts: known.verdicts.map(({ columns: _columns, ...verdict }) => verdict) }),
      alerts: needs.alerts.value,
      recipients: recipients.value,
      approvals: needs.approvals.value,
      rollouts: rollouts.value?.listed ?? null,
      experiments: experiments.value?.listed ?? null,
      runs: runs.value,
      schedules: schedules.value,
    },
  };
};

function servingSection(
  name: string,
  serving: Serving | null,
  known: PipelineOverview | null,
  { recipients, simulated }: { recipients: Recipient[] | null; simulated: boolean },
): Section {
  const champion = known?.champion ?? null;
  const metric = known?.declaration?.gates.metric;
  const verdict = known?.verdicts[0];
  const previous = known?.traffic ? goesBackTo(known.traffic) : null;
  const version = serving?.version ?? champion?.version ?? null;
  const rows = facts([
    {
      name: 'Serves',
      value:
        version === null
          ? badge({ tone: 'plain', text: 'nothing yet' })
          : html`<a href="${versionUrl(name, version)}">${serving?.serves ?? versionName(version)}</a>
              ${champion?.candidate ?? ''}`,
    },
    serving?.problem == null ? null : { name: 'Problem', value: badge({ tone: 'bad', text: serving.problem }) },
    champion && metric
      ? {
          name: `${metricTitle(metric)}, holdout`,
          value: decimal(champion.evaluation.challenger[metric] ?? null),
        }
      : null,
    champion ? { name: 'Trained on data up to', value: time(champion.splits.to) } : null,
    known ? { name: 'Predictions, 24 h', value: count(known.predictions) } : null,
    verdict ? { name: 'Drift', value: verdictBadge(verdict), detail: ago(verdict.asOf, known!.now) } : null,
    known?.traffic ? { name: 'Traffic', value: `generation ${known.traffic.generation}` } : null,
    known ? { name: 'Now', value: time(known.now), ...(simulated && { detail: 'by the simulated clock' }) } : null,
    recipients ? { name: 'Alerts go to', value: recipientsInHtml(recipients) } : null,
  ]);
  return {
    id: 'serving',
    heading: 'What serves',
    content: html`${known?.declaration?.description ? html`<p class="soft">${known.declaration.description}</p>` : null}
      ${rows}
      <div class="actions">
        ${
          previous === null
            ? null
            : button(`Roll back to ${versionName(previous)}`, 'roll-back', { pipeline: name, version: previous })
        }
        ${button('Retrain', 'retrain', { pipeline: name })} ${button('Run a loop', 'run', { pipeline: name })}
        <a class="button" href="${pipelineUrl(name)}/reports">Reports</a>
      </div>`,
  };
}

/** Who is told, and what the servers lack to reach them. */
const recipientsInHtml = (recipients: readonly Recipient[]): Html =>
  recipients.length === 0
    ? html`${badge({ tone: 'warn', text: 'nobody' })} <small>no recipients are declared</small>`
    : html`${recipients.map(
        (recipient) =>
          html`<div class="recipient">
            ${recipientInWords(recipient)}
            ${recipient.lacks === null ? null : badge({ tone: 'bad', text: recipient.lacks })}
          </div>`,
      )}`;

function schedulesSection(
  name: string,
  schedules: Known<ScheduleState[]>,
  { simulated }: Pick<PageContext, 'simulated'>,
): Section {
  const content =
    schedules.value === null
      ? unknown('schedules', schedules.problem)
      : table<ScheduleState>(
          'Schedules',
          [
            { head: 'Loop', cell: ({ loop }) => loop },
            { head: 'When', cell: ({ cron, zone }) => html`<code>${cron ?? ''}</code> ${zone}` },
            { head: 'Next', cell: ({ next, pausedBy }) => (next && pausedBy === null ? time(next) : '') },
            { head: 'Last', ...(simulated && { hint: 'real time' }), cell: ({ last }) => (last ? time(last) : '') },
            {
              head: 'State',
              cell: ({ pausedBy, note, running }) =>
                pausedBy !== null
                  ? html`<div class="words">
                      ${pausedBy === 'person' ? badge({ tone: 'warn', text: 'paused' }) : null} <small>${note}</small>
                    </div>`
                  : running.length > 0
                    ? 'runs now'
                    : 'by itself',
            },
            {
              head: '',
              cell: ({ loop, pausedBy }) =>
                html`<div class="actions">
                  ${
                    // A simulated clock runs until a person pauses it.
                    pausedBy === 'person'
                      ? button('Resume', 'resume', { pipeline: name, loop })
                      : button('Pause', 'pause', { pipeline: name, loop })
                  }
                </div>`,
            },
          ],
          schedules.value,
          "No loop has a schedule: all are declared 'off'.",
        );
  return { id: 'schedules', heading: 'Schedules', content };
}
