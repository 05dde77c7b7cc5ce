import { metricTitle } from '../../core/metrics/index.ts';
import type { Snapshot } from '../../core/data/data.ts';
import { describeExpectation } from '../../core/expectations/index.ts';
import { versionName } from '../../core/base/ids.ts';
import { servesAlone } from '../../core/rollout/traffic.ts';
import { askedInWords } from '../../core/training/retraining/asked.ts';
import type { Cycle } from '../../core/training/retraining/retraining.ts';
import type { ModelVersion, Stage } from '../../core/training/training.ts';
import type { PipelineOverview } from '../../operations/index.ts';
import { count, decimal } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';
import { badge, type Badge } from '../../pages/elements.ts';
import { table } from '../../pages/table.ts';
import type { Section } from '../layout.ts';
import { button, compareUrl, reportUrl, time, trainingRunUrl, versionUrl } from '../elements.ts';

const VERSIONS = 15;
const stageTones: Record<Stage, Badge['tone']> = {
  candidate: 'plain',
  staging: 'warn',
  production: 'good',
  archived: 'plain',
};
export const stageBadge = (stage: Stage): Html => badge({ tone: stageTones[stage], text: stage });

/** A plain form with a box for each version, so comparing works without script. */
export function versionsSection(
  { pipeline, declaration, traffic, versions }: PipelineOverview,
  most = VERSIONS,
): Section {
  const metric = declaration?.gates.metric;
  const shown = versions.slice(0, most);
  const left = versions.length - shown.length;
  const content = html`${table<ModelVersion>(
    'Model versions, newest first',
    [
      {
        head: 'Version',
        cell: ({ version, aliases }) =>
          html`${
              shown.length > 1
                ? html`<label class="tick"
                    ><input type="checkbox" name="version" value="${version}" /><span class="hidden"
                      >Compare ${versionName(version)}</span
                    ></label
                  > `
                : null
            }<a href="${versionUrl(pipeline.name, version)}">${versionName(version)}</a
            >${aliases ? ` ${aliases.join(', ')}` : ''}`,
      },
      { head: 'Candidate', cell: ({ candidate }) => candidate },
      { head: 'Stage', cell: ({ stage }) => stageBadge(stage) },
      ...(metric
        ? [
            {
              head: metricTitle(metric),
              number: true,
              cell: ({ evaluation }: ModelVersion) => decimal(evaluation.challenger[metric] ?? null),
            },
            ...(shown.some(({ evaluation }) => evaluation.champion)
              ? [
                  {
                    head: 'Champion',
                    hint: 'of then, on the same rows',
                    number: true,
                    cell: ({ evaluation }: ModelVersion) =>
                      evaluation.champion ? decimal(evaluation.champion[metric] ?? null) : '',
                  },
                ]
              : []),
          ]
        : []),
      { head: 'As of', cell: ({ asOf }) => time(asOf) },
      { head: 'Gate', cell: ({ gate }) => badge({ tone: gateTones[gate.outcome], text: gate.outcome }) },
      {
        head: '',
        cell: ({ version }) =>
          traffic && servesAlone(traffic, version)
            ? ''
            : html`<div class="actions">${button('Promote', 'promote', { pipeline: pipeline.name, version })}</div>`,
      },
    ],
    shown,
    'No version has been trained yet.',
  )}
  ${left > 0 ? html`<p class="soft">And <a href="${compareUrl(pipeline.name)}">${count(left)} before</a>.</p>` : null}`;
  const form = html`<form method="get" action="${compareUrl(pipeline.name)}">
    ${content}
    <div class="actions"><button>Compare the chosen</button></div>
  </form>`;
  return { id: 'versions', heading: 'Versions', content: shown.length > 1 ? form : content };
}

export const gateTones = { passed: 'good', refused: 'warn', abstained: 'plain' } as const;

export const outcomeTones: Record<NonNullable<Cycle['outcome']>['result'], Badge['tone']> = {
  promoted: 'good',
  refused: 'warn',
  'rolled back': 'warn',
  abstained: 'plain',
  superseded: 'plain',
  'nothing new': 'plain',
  cancelled: 'plain',
  failed: 'bad',
};

export function trainingSection({ pipeline, cycles, requests }: PipelineOverview): Section {
  const waiting = requests.map(
    ({ reason, detail, asOf }) =>
      html`<li>${badge({ tone: 'plain', text: 'asked' })} ${time(asOf)} ${askedInWords({ reason, detail })}</li>`,
  );
  const content = html`${
      waiting.length === 0
        ? null
        : html`<ul class="steps">
            ${waiting}
          </ul>`
    }
    ${table<Cycle>(
      'Trainings, newest first',
      [
        { head: 'Began', cell: ({ asOf }) => time(asOf) },
        { head: 'Asked for by', cell: ({ reason }) => reason },
        {
          head: 'Outcome',
          cell: ({ outcome }) =>
            outcome === null
              ? badge({ tone: 'plain', text: 'under way' })
              : html`${badge({ tone: outcomeTones[outcome.result], text: outcome.result })}
                ${
                  outcome.version === null
                    ? null
                    : html`<a href="${versionUrl(pipeline.name, outcome.version)}">${versionName(outcome.version)}</a>`
                }`,
        },
        { head: 'Because', words: true, cell: ({ outcome }) => outcome?.reason ?? '' },
      ],
      cycles,
      'No training has been requested yet.',
    )}
    <p><a href="${trainingRunUrl(pipeline.name)}">Training runs and what they tried</a></p>`;
  return { id: 'trainings', heading: 'Trainings', content };
}

type Listed = Omit<Snapshot, 'parts'>;

export function dataSection({ pipeline, snapshots }: PipelineOverview): Section {
  const tones = { published: 'good', quarantined: 'bad', assembled: 'plain' } as const;
  const content = table<Listed>(
    'Snapshots, newest first',
    [
      { head: 'As of', cell: ({ asOf }) => time(asOf) },
      { head: 'Status', cell: ({ status }) => badge({ tone: tones[status], text: status }) },
      { head: 'Tags', cell: ({ tags = [] }) => tags.join(', ') },
      { head: 'Rows', number: true, cell: ({ rows }) => count(rows) },
      {
        head: 'Failed expectations',
        words: true,
        cell: ({ expectations }) =>
          expectations
            .filter(({ passed }) => !passed)
            .map(describeExpectation)
            .join('; '),
      },
      {
        head: 'Report',
        cell: ({ id, status }) =>
          status === 'assembled' ? '' : html`<a href="${reportUrl(pipeline.name, 'quality', id)}">quality</a>`,
      },
    ],
    snapshots,
    'There is no snapshot yet.',
  );
  return { id: 'data', heading: 'Data', content };
}
