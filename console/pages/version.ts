import { refitInWords } from '../../core/training/refit.ts';
import { warmStartInWords } from '../../core/training/warm-start/warm-start.ts';
import { LEVEL, type Difference } from '../../core/metrics/difference.ts';
import { isMetricName, metricKinds, metricTitle } from '../../core/metrics/index.ts';
import { costLines } from '../../core/performance/value-words.ts';
import { count, percent } from '../../core/training/gates/gate-words.ts';
import { versionName } from '../../core/base/ids.ts';
import { measuredBy } from '../../core/training/versions/measured-by.ts';
import { tagsInWords, versionIn } from '../../core/training/versions/version-names.ts';
import { servesAlone } from '../../core/rollout/traffic.ts';
import { type Metrics } from '../../core/metrics/metrics.ts';
import { leaksInWords, type Leaks } from '../../core/training/leaks.ts';
import { type CandidateResult } from '../../core/training/training.ts';
import { type VersionDetails } from '../../operations/index.ts';
import { classTables } from '../../pages/classes.ts';
import { decimal, signed } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';
import { backendInWords, learntIn } from '../../pages/learnt.ts';
import { besidesTable } from '../../pages/besides.ts';
import { widestInWords } from '../../pages/fairness.ts';
import { insightInWords } from '../../pages/insight.ts';
import { worstInWords } from '../../pages/slices.ts';
import { metricColumns } from '../../pages/metric-columns.ts';
import { badge, facts, id } from '../../pages/elements.ts';
import { table } from '../../pages/table.ts';
import { type Page, type Section } from '../layout.ts';
import { button, pipelineUrl, reportUrl, time, tryUrl } from '../elements.ts';
import { type BuildPage } from '../context.ts';
import { gateTones, stageBadge } from './pipeline-tables.ts';

/** A version: its facts, its evaluation, and its actions. */
export const versionPage: BuildPage = async ({ operations, reader }, { name = '', version = '' }): Promise<Page> => {
  const number = await versionIn(version, name, operations.models);
  const key = `the database, about ${versionName(number)} of ${name}`;
  const details = await reader.read(key, () => operations.overview.version(name, number));
  return {
    title: `${name} ${versionName(number)}`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: name, url: pipelineUrl(name) },
    ],
    sections: [
      aboutSection(details),
      evidenceSection(details),
      ...insightSections(details),
      candidatesSection(details),
    ],
    facts: details,
  };
};

function aboutSection({ version, traffic }: VersionDetails): Section {
  const { pipeline, version: number, gate, splits } = version;
  const here = { pipeline, version: number, page: 'version' };
  const share = traffic?.arms.find((each) => each.version === number)?.share;
  return {
    id: 'about',
    heading: 'Facts',
    content: html`${facts([
        { name: 'Stage', value: stageBadge(version.stage) },
        share === undefined ? null : { name: 'Traffic', value: `${Math.round(share * 100)} %` },
        version.aliases ? { name: 'Aliases', value: version.aliases.join(', ') } : null,
        version.tags ? { name: 'Tags', value: tagsInWords(version.tags) } : null,
        version.note === undefined ? null : { name: 'Note', value: version.note },
        { name: 'Candidate', value: version.candidate },
        { name: 'As of', value: time(version.asOf) },
        { name: 'Data', value: html`${time(splits.from)} to ${time(splits.to)}` },
        { name: 'Snapshot', value: id(version.snapshot) },
        { name: 'Revision', value: id(version.revision) },
        { name: 'Artifact', value: id(version.sha256.slice(0, 16)) },
        { name: 'Gate', value: badge({ tone: gateTones[gate.outcome], text: gate.outcome }) },
      ])}
      <p>${gate.reason}</p>
      ${version.refit ? html`<p>${refitInWords(version.refit)}</p>` : ''}
      ${version.warmStart ? html`<p>${warmStartInWords(version.warmStart)}</p>` : ''}
      ${version.leaks?.found.length ? leaksList(version.leaks) : ''}
      <div class="actions">
        <a class="button" href="${reportUrl(pipeline, 'models', versionName(number))}">Model card</a>
        <a class="button" href="${tryUrl(pipeline, [number])}">Try a row</a>
        <a class="button" href="${reportUrl(pipeline, 'models', `${versionName(number)}.json`)}">Card as JSON</a>
        ${version.snapshot === '' ? null : html`<a class="button" href="${reportUrl(pipeline, 'quality', version.snapshot)}">Its data</a>`}
        ${traffic && servesAlone(traffic, number) ? null : button(`Promote ${versionName(number)}`, 'promote', { pipeline, version: number })}
        ${button('Give an alias', 'alias', here)}
        ${(version.aliases ?? []).map((alias) => button(`Remove "${alias}"`, 'unalias', { ...here, alias }))}
        ${button('Set a tag', 'tag', here)}
        ${Object.keys(version.tags ?? {}).map((tag) => button(`Remove ${tag}`, 'untag', { ...here, tag }))}
        ${button('Write a note', 'note', { ...here, note: version.note ?? '' })}
      </div>`,
  };
}

const leaksList = (leaks: Leaks): Html =>
  html`<h3>Leaks in its training data</h3>
    <ul>
      ${leaksInWords(leaks).map((leak) => html`<li>${leak}</li>`)}
    </ul>`;
const insightSections = ({ insight, version, declaration }: VersionDetails): Section[] =>
  insight === null
    ? []
    : [
        {
          id: 'insight',
          heading: 'What it goes by',
          content: insightInWords(insight, measuredBy(version, declaration).label.kind === 'number'),
        },
      ];

function evidenceSection({ version, declaration, live }: VersionDetails): Section {
  const {
    challenger,
    champion,
    difference,
    lead,
    leadOutOfFold,
    anchor,
    afterDrift,
    slices,
    intervals,
    fairness,
    decided,
    errors,
  } = version.evaluation;
  const measured = measuredBy(version, declaration);
  const rows: { who: string; of: Metrics; intervals?: typeof intervals }[] = [
    { who: 'This version', of: challenger, ...(intervals && { intervals }) },
  ];
  if (champion) rows.push({ who: 'The champion then', of: champion });
  if (anchor?.metrics) rows.push({ who: `The anchor, ${versionName(anchor.version)}`, of: anchor.metrics });
  // Where the whole holdout lies after the drift, its rows are told once.
  if (afterDrift && afterDrift.challenger.rows !== challenger.rows) {
    rows.push({ who: 'This version, after the drift', of: afterDrift.challenger });
    if (afterDrift.champion) rows.push({ who: 'The champion then, after the drift', of: afterDrift.champion });
  }
  return {
    id: 'evidence',
    heading: 'Evaluation',
    content: html`${table(
      'Metrics on the holdout',
      [
        { head: 'On its holdout', cell: ({ who }) => who },
        ...metricColumns<(typeof rows)[number]>(({ of }) => of, measured, {
          intervals: (row) => row.intervals,
        }),
      ],
      rows,
    )}${besidesTable({ ...(decided && { decided }), ...(errors && { errors }) })}${(declaration ? costLines(version.evaluation, declaration, live) : []).map(([name, words]) => html`<p class="soft">${name}: ${words}.</p>`)}${classTables(challenger, measured, version.evaluation.classes)}${differenceInWords('the champion', difference)}${
      anchor ? differenceInWords(`the anchor, ${versionName(anchor.version)}`, anchor.difference) : ''
    }${champion ? '' : differenceInWords('a constant prediction', lead ?? null)}${leadOutOfFold ? differenceInWords(`a constant prediction, on ${count(leadOutOfFold.rows)} rows that folds scored`, leadOutOfFold) : ''}${slices ? html`<p class="soft">${worstInWords(slices)}</p>` : ''}${
      fairness ? html`<p class="soft">${widestInWords(fairness)}</p>` : ''
    }`,
  };
}

/** By a metric that this release does not know nothing can be said. */
const differenceInWords = (other: string, difference: Difference | null): Html =>
  difference === null || !isMetricName(difference.metric)
    ? html``
    : html`<p class="soft">
        Against ${other}: ${signed(difference.estimate, 4)} ${metricKinds[difference.metric].title}, with
        ${percent(difference.level ?? LEVEL)} from ${signed(difference.low, 4)} to ${signed(difference.high, 4)}; more
        is better.
      </p>`;

function candidatesSection({ candidates, declaration, version }: VersionDetails): Section {
  const { metric } = measuredBy(version, declaration).gates;
  const whyNotNative = candidates.find((each) => each.whyNotNative !== undefined)?.whyNotNative;
  return {
    id: 'candidates',
    heading: 'Candidates',
    content: html`${table<CandidateResult>(
      'Candidates of its training',
      [
        {
          head: 'Candidate',
          cell: ({ candidate }) => `${candidate}${candidate === version.candidate ? ' (won)' : ''}`,
        },
        {
          head: `${metricTitle(metric)}, ${candidates.some(({ folds }) => folds !== undefined) ? 'out of fold' : 'selection'}`,
          number: true,
          cell: ({ selection }) => decimal(selection[metric] ?? null, 4),
        },
        { head: 'Learnt in', number: true, cell: learntIn },
        { head: 'Seconds', number: true, cell: ({ seconds }) => seconds.toFixed(1) },
        { head: 'Backend', cell: backendInWords },
      ],
      candidates,
      'The candidates are not known.',
    )}${whyNotNative === undefined ? '' : html`<p class="soft">Not on TF.js's native backend: ${whyNotNative}.</p>`}`,
  };
}
