import { metricNames } from '../../../core/metrics/index.ts';
import { filterFrom, filterNames, type AskedFilter } from '../../../core/search/filter.ts';
import { trialStates, type RunLine, type Trial } from '../../../core/search/trials.ts';
import { searchInWords } from '../../../core/search/board.ts';
import { count } from '../../../pages/format.ts';
import { html, type Html } from '../../../pages/html.ts';
import { table } from '../../../pages/table.ts';
import { mostVaried, optionChart, optionsOf } from '../../charts/trial-charts.ts';
import { type BuildPage } from '../../context.ts';
import { pipelineUrl, time, trainingRunUrl } from '../../elements.ts';
import { trialColumns } from './run.ts';

const RUNS = 20;
const TRIALS = 200;
/** A page of more would be slow to read; its JSON has all. */
const ROWS = 200;

/** The training runs of a pipeline, and what they tried, by recipe, metric, options and date. */
export const trainingRunsPage: BuildPage = async ({ operations, reader }, { name = '', filter = '' }) => {
  const query = new URLSearchParams(filter);
  const asked: AskedFilter = {
    ...Object.fromEntries(filterNames.flatMap((each) => (query.get(each) ? [[each, query.get(each)!]] : []))),
    option: query.getAll('option').filter(Boolean),
  };
  const wanted = { ...filterFrom(asked, TRIALS), pipeline: name };
  const [runs, trials] = await Promise.all([
    reader.read(`the database, about training runs of ${name}`, () => operations.trials.runs(name, RUNS)),
    reader.read(`the database, about trials of ${name} (${filter})`, () => operations.trials.list(wanted)),
  ]);
  return {
    title: `Training runs of ${name}`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: name, url: pipelineUrl(name) },
    ],
    sections: [
      { id: 'runs', heading: 'Training runs', content: runsTable(runs) },
      { id: 'find', heading: 'Find', content: form(name, asked, query.get('x')) },
      { id: 'options', heading: 'Metric by option', content: chart(trials, query.get('x')) },
      { id: 'trials', heading: 'Trials', content: trialsTable(name, trials) },
    ],
    facts: { pipeline: name, runs, trials },
  };
};

const runsTable = (runs: readonly RunLine[]): Html =>
  table<RunLine>(
    'Training runs, newest first',
    [
      { head: 'Run', cell: ({ pipeline, run }) => html`<a href="${trainingRunUrl(pipeline, run)}">${run}</a>` },
      { head: 'Began', cell: ({ at }) => time(at) },
      { head: 'Tried', number: true, cell: ({ trials }) => count(trials) },
      { head: 'Winner', cell: ({ winner }) => winner ?? '' },
      { head: 'Search', words: true, cell: (run) => (run.search ? searchInWords(run) : '') },
    ],
    runs,
    'Nothing has been trained yet.',
  );

/** A plain form whose answer is an address, so it works without script and can be kept. */
function form(pipeline: string, asked: AskedFilter, x: string | null): Html {
  const field = (name: Exclude<keyof AskedFilter, 'option'>, label: string): Html =>
    html`<label>${label} <input name="${name}" value="${asked[name] ?? ''}" autocomplete="off" /></label>`;
  const choice = (name: 'state' | 'metric', label: string, choices: readonly string[]): Html =>
    html`<label
      >${label}
      <select name="${name}">
        <option value="">any</option>
        ${choices.map((each) => html`<option ${asked[name] === each ? html`selected` : null}>${each}</option>`)}
      </select></label
    >`;
  const isAsked = x !== null || Object.values(asked).some((value) => value !== undefined && value.length > 0);
  return html`<details ${isAsked ? html`open` : null}>
    <summary>By recipe, metric, options and date</summary>
    <form class="plain" method="get" action="${trainingRunUrl(pipeline)}">
      ${field('recipe', 'Recipe')} ${choice('state', 'State', trialStates)} ${choice('metric', 'Metric', metricNames)}
      ${field('least', 'At least')} ${field('most', 'At most')}
      <label
        >Option, like leaves=8..64 <input name="option" value="${asked.option?.[0] ?? ''}" autocomplete="off"
      /></label>
      ${field('since', 'Since')} ${field('until', 'Until')}
      <label>Draw against <input name="x" value="${x ?? ''}" autocomplete="off" /></label>
      <div class="row">
        <button aria-label="Find trials">Find</button>
        <a href="${trainingRunUrl(pipeline)}" aria-label="All trials">All</a>
      </div>
    </form>
  </details>`;
}

function chart(trials: readonly Trial[], asked: string | null): Html {
  const [first] = trials;
  const known = optionsOf(trials);
  if (!first || known.length === 0) return html`<p class="soft">These do not differ in an option.</p>`;
  const option = asked !== null && known.includes(asked) ? asked : mostVaried(trials)!;
  return optionChart(trials, option, first.metric);
}

function trialsTable(pipeline: string, trials: readonly Trial[]): Html {
  const left = trials.length - ROWS;
  return html`${table<Trial>(
    'Trials, newest first',
    [
      {
        head: 'Trial',
        cell: ({ run, candidate, winner }) =>
          html`<a href="${trainingRunUrl(pipeline, run)}">${candidate}</a>${winner ? ' (won)' : ''}`,
      },
      { head: 'Began', cell: ({ at }) => time(at) },
      ...trialColumns(),
    ],
    trials.slice(0, ROWS),
    'Nothing that was tried fits.',
  )}${left > 0 ? html`<p class="soft">And ${count(left)} more, which its JSON has.</p>` : null}`;
}
