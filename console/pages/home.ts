import { metricKinds } from '../../core/metrics/index.ts';
import { versionName } from '../../core/base/ids.ts';
import { type PipelineRef } from '../../core/declaration/pipeline.ts';
import { type PipelineGlance } from '../../operations/index.ts';
import { count, decimal } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';
import { badge } from '../../pages/elements.ts';
import { table } from '../../pages/table.ts';
import { type Page, type Section } from '../layout.ts';
import { pipelineUrl, time, unknown, verdictBadge, versionUrl } from '../elements.ts';
import { metricSparkline } from './quality-and-drift.ts';
import { type BuildPage, type PageContext, type Known, type Serving } from '../context.ts';
import { needsSection, readNeeds, type Needs } from './needs.ts';
import { runsOf, runsSection } from './runs.ts';

const RUNS = 12;
/** Pipelines on a page. */
const MOST_SHOWN = 50;
/** Alerts and approvals on it: the page of alerts has them all. */
const MOST_NEEDS = 20;

interface Line {
  name: string;
  /** What this server serves: known even with everything else down. */
  serving: Serving | null;
  glance: Known<PipelineGlance>;
}

interface Shown {
  page: number;
  pages: number;
  total: number;
}

/**
 * Pipelines at a glance, a page at a time, those that need somebody first: what serves, its quality, drift, runs, and
 * open needs.
 */
export const homePage: BuildPage = async (context, { page: asked = '1' }): Promise<Page> => {
  const { operations, reader } = context;
  const serving = context.serving();
  const [applied, needs] = await Promise.all([
    reader.ask('pipelines', () => operations.overview.list()),
    readNeeds(context),
  ]);
  const refs = new Map((applied.value ?? []).map((ref) => [ref.name, ref]));
  const names = inOrder([...new Set([...refs.keys(), ...Object.keys(serving)])], needs, serving);
  const pages = Math.max(1, Math.ceil(names.length / MOST_SHOWN));
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(asked)) || 1));
  const shown = names.slice((page - 1) * MOST_SHOWN, page * MOST_SHOWN);
  const [glances, runs] = await Promise.all([
    readGlances(
      context,
      shown.flatMap((name) => refs.get(name) ?? []),
    ),
    runsOf(context, undefined, RUNS),
  ]);
  const lines = shown.map((name): Line => ({
    name,
    serving: serving[name] ?? null,
    glance: glances(name, applied.problem),
  }));
  const problems = applied.problem === null ? [] : [unknown('pipelines', `${applied.problem}. Serving continues`)];
  return {
    title: 'Pipelines',
    crumbs: [],
    sections: [
      needsSection(needs, problems, MOST_NEEDS),
      pipelinesSection(lines, { page, pages, total: names.length }),
      runsSection(runs, context, { heading: 'Runs' }),
    ],
    facts: {
      pipelines: lines.map(toFacts),
      page,
      pages,
      total: names.length,
      needs: { alerts: needs.alerts.value?.length ?? null, approvals: needs.approvals.value?.length ?? null },
      runs: runs.value,
      unknown: [applied.problem, needs.alerts.problem, runs.problem].filter((problem) => problem !== null),
    },
  };
};

/** By name, after those with an alert, a waiting challenger, or a problem in serving. */
function inOrder(names: string[], { alerts, approvals }: Needs, serving: Record<string, Serving>): string[] {
  const needing = new Set([...(alerts.value ?? []), ...(approvals.value ?? [])].map(({ pipeline }) => pipeline));
  const last = (name: string): number => (needing.has(name) || serving[name]?.problem != null ? 0 : 1);
  return names.sort((a, b) => last(a) - last(b) || (a < b ? -1 : 1));
}

/** The database's facts of the pipelines on the page; for one that it lacks, why they are unknown. */
async function readGlances({ operations, reader }: PageContext, refs: readonly PipelineRef[]) {
  const key = `the database, about ${refs.map(({ name, revision }) => `${name} (${revision})`).join(', ')}`;
  const { value, problem } = await reader.ask(key, () => operations.overview.glance(refs));
  const found = new Map((value ?? []).map((glance) => [glance.pipeline.name, glance]));
  return (name: string, unlisted: string | null): Known<PipelineGlance> => {
    const glance = found.get(name);
    if (glance) return { value: glance, problem: null };
    return { value: null, problem: problem ?? unlisted ?? 'it is no longer applied' };
  };
}

const toFacts = ({ name, serving, glance: { value } }: Line) => ({
  name,
  serves: serving?.serves ?? null,
  predict: `/predict/${name}`,
  ...(value && {
    champion: value.champion?.version ?? null,
    metric: value.metric,
    holdout: (value.metric && value.champion?.evaluation.challenger[value.metric]) ?? null,
    verdict: value.checks[0] ? { level: value.checks[0].level, asOf: value.checks[0].asOf } : null,
    predictions: value.predictions,
  }),
});

function pipelinesSection(lines: readonly Line[], shown: Shown): Section {
  const known = ({ glance }: Line) => glance.value;
  const content = table<Line>(
    'Pipelines and what serves',
    [
      { head: 'Pipeline', cell: ({ name }) => html`<a href="${pipelineUrl(name)}">${name}</a>` },
      { head: 'Serves', cell: serves },
      {
        head: 'On its holdout',
        cell: (line) => {
          const glance = known(line);
          if (!glance?.champion || glance.metric === null) return '';
          const { metric, champion } = glance;
          return html`${decimal(champion.evaluation.challenger[metric] ?? null)}
            <small>${metricKinds[metric].title}</small>`;
        },
      },
      { head: 'With labels', cell: (line) => (known(line) ? metricSparkline(known(line)!) : '') },
      {
        head: 'Drift',
        cell: (line) => {
          const verdict = known(line)?.checks[0];
          return verdict ? html`${verdictBadge(verdict)} <small>${time(verdict.asOf)}</small>` : '';
        },
      },
      {
        head: 'Predictions, 24 h',
        number: true,
        cell: (line) => (known(line) ? count(known(line)!.predictions) : ''),
      },
      { head: 'Training', cell: training },
    ],
    lines,
    'No pipeline yet. Apply your declarations: perennial apply',
  );
  return { id: 'pipelines', heading: 'Pipelines', content: html`${content}${otherPages(shown)}` };
}

function otherPages({ page, pages, total }: Shown): Html | null {
  if (pages === 1) return null;
  const link = (to: number, words: string): Html | null =>
    to < 1 || to > pages ? null : html`<a href="/?page=${to}" rel="${to < page ? 'prev' : 'next'}">${words}</a> `;
  return html`<p>
    ${link(page - 1, 'Earlier')}Page ${page} of ${pages}, ${count(total)} pipelines in all ${link(page + 1, 'Later')}
  </p>`;
}

function serves({ name, serving, glance }: Line) {
  if (serving?.problem != null)
    return html`${badge({ tone: 'bad', text: serving.serves ?? 'nothing' })} <small>${serving.problem}</small>`;
  const version = serving?.version;
  if (version == null) return badge({ tone: 'plain', text: 'nothing yet' });
  const said = serving?.serves ?? versionName(version);
  return glance.value
    ? html`<a href="${versionUrl(name, version)}">${said}</a>${trainedAt(glance.value, version)}`
    : html`${said} <small>nothing more is known: ${glance.problem}</small>`;
}
const trainedAt = ({ champion }: PipelineGlance, version: number): Html =>
  champion?.version === version ? html` <small>data up to ${time(champion.splits.to)}</small>` : html``;

function training({ glance: { value } }: Line) {
  const cycle = value?.cycle;
  if (!cycle) return '';
  if (cycle.outcome === null) return badge({ tone: 'plain', text: 'under way' });
  const tone = cycle.outcome.result === 'promoted' ? 'good' : cycle.outcome.result === 'failed' ? 'bad' : 'plain';
  return html`${badge({ tone, text: cycle.outcome.result })} <small>${time(cycle.outcome.endedAt)}</small>`;
}
