import { versionName } from '../../../core/ids.ts';
import { type PipelineOverview } from '../../../operations/index.ts';
import { count, decimal } from '../../../reports/format.ts';
import { html } from '../../../reports/html.ts';
import { metricWords } from '../../../reports/metric-columns.ts';
import { badge } from '../../../reports/page.ts';
import { health, type PipelineHealth } from '../../health.ts';
import { type Page, type Section } from '../layout.ts';
import { pipelineUrl, table, time, unknown, verdictBadge, versionUrl } from '../parts.ts';
import { type Known } from '../reader.ts';
import { metricSparkline } from './charts.ts';
import { runsOf, type BuildPage } from './context.ts';
import { needsSection, readNeeds } from './needs.ts';
import { runsSection } from './runs.ts';

const RUNS = 12;

interface Line {
  name: string;
  /** What this server answers with: known with everything else down. */
  serving: PipelineHealth | null;
  overview: Known<PipelineOverview>;
}

/** All pipelines at a glance: what serves, whether it is good, whether it drifts, what runs, what needs somebody. */
export const homePage: BuildPage = async (context): Promise<Page> => {
  const { operations, reader, watched } = context;
  const now = health(watched);
  const applied = await reader.ask('pipelines', () => operations.overview.list());
  const names = [...new Set([...(applied.value ?? []).map(({ name }) => name), ...Object.keys(now.pipelines)])].sort();
  const [lines, needs, runs] = await Promise.all([
    Promise.all(
      names.map(async (name): Promise<Line> => {
        const ask = () => operations.overview.of(name);
        const overview = await reader
          .ask(`the database, about ${name}`, ask)
          .catch((): Known<PipelineOverview> => ({ value: null, problem: 'it is applied no more' }));
        return { name, serving: now.pipelines[name] ?? null, overview };
      }),
    ),
    readNeeds(context),
    runsOf(context, undefined, RUNS),
  ]);
  const problems = applied.problem === null ? [] : [unknown('pipelines', `${applied.problem}. Serving goes on`)];
  return {
    title: 'Pipelines',
    crumbs: [],
    sections: [
      needsSection(needs, problems),
      pipelinesSection(lines),
      runsSection(runs, context.ui, { heading: 'What runs' }),
    ],
    facts: {
      pipelines: lines.map(toFacts),
      needs: { alerts: needs.alerts.value?.length ?? null, approvals: needs.approvals.value?.length ?? null },
      runs: runs.value,
      unknown: [applied.problem, needs.alerts.problem, runs.problem].filter((problem) => problem !== null),
    },
  };
};

const toFacts = ({ name, serving, overview: { value } }: Line) => ({
  name,
  serves: serving?.serves ?? null,
  predict: `/predict/${name}`,
  ...(value && {
    champion: value.champion?.version ?? null,
    metric: value.declaration.gates.metric,
    holdout: value.champion?.evaluation.challenger[value.declaration.gates.metric] ?? null,
    verdict: value.verdicts[0] ? { level: value.verdicts[0].level, asOf: value.verdicts[0].asOf } : null,
    predictions: value.predictions,
  }),
});

function pipelinesSection(lines: readonly Line[]): Section {
  const known = ({ overview }: Line) => overview.value;
  const content = table<Line>(
    'Pipelines and what serves',
    lines,
    [
      { head: 'Pipeline', cell: ({ name }) => html`<a href="${pipelineUrl(name)}">${name}</a>` },
      { head: 'Serves', cell: serves },
      {
        head: 'On its holdout',
        cell: (line) => {
          const overview = known(line);
          if (!overview?.champion) return '';
          const { metric } = overview.declaration.gates;
          return html`${decimal(overview.champion.evaluation.challenger[metric] ?? null)}
            <small>${metricWords[metric]}</small>`;
        },
      },
      { head: 'With labels', cell: (line) => (known(line) ? metricSparkline(known(line)!) : '') },
      {
        head: 'Drift',
        cell: (line) => {
          const verdict = known(line)?.verdicts[0];
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
    'No pipeline is applied yet. Apply them with: perennial apply',
  );
  return { id: 'pipelines', heading: 'Pipelines', content };
}

function serves({ name, serving, overview }: Line) {
  if (serving?.problem != null)
    return html`${badge({ tone: 'bad', text: serving.serves ?? 'nothing' })} <small>${serving.problem}</small>`;
  const version = serving?.version;
  if (version == null) return badge({ tone: 'plain', text: 'nothing yet' });
  const said = serving?.serves ?? versionName(version);
  return overview.value
    ? html`<a href="${versionUrl(name, version)}">${said}</a>${trainedAt(overview.value, version)}`
    : html`${said} <small>more is not known: ${overview.problem}</small>`;
}
const trainedAt = ({ versions }: PipelineOverview, version: number) => {
  const found = versions.find((each) => each.version === version);
  return found ? html` <small>data up to ${time(found.splits.to)}</small>` : html``;
};

function training({ overview: { value } }: Line) {
  const [cycle] = value?.cycles ?? [];
  if (!value || !cycle) return '';
  if (cycle.outcome === null) return badge({ tone: 'plain', text: 'under way' });
  const tone = cycle.outcome.result === 'promoted' ? 'good' : cycle.outcome.result === 'failed' ? 'bad' : 'plain';
  return html`${badge({ tone, text: cycle.outcome.result })} <small>${time(cycle.outcome.endedAt)}</small>`;
}
