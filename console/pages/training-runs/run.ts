import { metricTitle } from '../../../core/metrics/index.ts';
import { leaderboardOf, rungOf, searchInWords, valueOf, type Leaderboard } from '../../../core/search/board.ts';
import { type Curve } from '../../../core/search/curve.ts';
import { optionsInWords } from '../../../core/search/words.ts';
import { type Trial, type TrialState } from '../../../core/search/trials.ts';
import { decimal } from '../../../pages/format.ts';
import { html, type Html } from '../../../pages/html.ts';
import { badge, type Badge } from '../../../pages/elements.ts';
import { table, type TableColumn } from '../../../pages/table.ts';
import { curvesChart, mostVaried, optionChart, optionsOf } from '../../charts/trial-charts.ts';
import { type BuildPage } from '../../context.ts';
import { pipelineUrl, time, trainingRunUrl } from '../../elements.ts';
import { type Page } from '../../layout.ts';
import { storySection } from './story.ts';

/** So many curves are told apart. */
const MOST_CURVES = 30;

export const trialTones: Record<TrialState, Badge['tone']> = {
  waiting: 'plain',
  running: 'plain',
  stopped: 'plain',
  finished: 'good',
  failed: 'bad',
};

/** What a training run tries, the best first, with its curves; while it runs too. */
export const trainingRunPage: BuildPage = async ({ operations, reader }, { name = '', id = '', filter = '' }) => {
  const wanted = id === 'latest' ? undefined : id;
  const board = await reader.read(`the database, about training run ${id} of ${name}`, () =>
    operations.trials.leaderboard(name, wanted),
  );
  const { run } = board.run;
  const shown = board.trials.filter(({ result }) => result !== null).slice(0, MOST_CURVES);
  const curves = await reader.read(`the database, about curves of ${run}`, () =>
    operations.trials.curves(
      run,
      shown.map(({ candidate }) => candidate),
    ),
  );
  // Without its story the run is still worth its page.
  const story = await reader.ask(`the database, about cycle ${run}`, () => operations.explain.cycle(name, run));
  const page: Page = {
    title: `Training run ${run}`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: name, url: pipelineUrl(name) },
      { title: 'Training runs', url: trainingRunUrl(name) },
    ],
    sections: [
      storySection(story),
      { id: 'leaderboard', heading: 'Leaderboard', content: leaderboard(board) },
      { id: 'options', heading: 'Options', content: options(board, new URLSearchParams(filter).get('x')) },
      { id: 'curves', heading: 'Curves', content: curvesOf(curves, board) },
    ],
    facts: { ...leaderboardOf(board.run, board.trials), curves, story: story.value },
  };
  return page;
};

const leaderboard = ({ run, trials }: Leaderboard): Html =>
  html`<p>${searchInWords(run)} As of ${time(run.asOf)}.</p>
    ${table<Trial>(
      'What it tried, the best first',
      [
        { head: 'Candidate', cell: ({ candidate, winner }) => `${candidate}${winner ? ' (won)' : ''}` },
        { head: 'Rung', cell: (trial) => rungOf(trial, run).replaceAll(' ', '\u00a0') },
        ...trialColumns(),
      ],
      trials,
      'What it tried is not known.',
    )}`;

/** What every list of trials says of each. */
export const trialColumns = (): TableColumn<Trial>[] => [
  {
    head: 'Metric, selection',
    number: true,
    cell: (trial) => html`${decimal(valueOf(trial), 4)} <small>${metricTitle(trial.metric)}</small>`,
  },
  { head: 'Seconds', number: true, cell: ({ result, seconds }) => (result ? seconds.toFixed(1) : '') },
  { head: 'State', cell: ({ state }) => badge({ tone: trialTones[state], text: state }) },
  {
    head: 'Options',
    words: true,
    cell: ({ spec, reason }) =>
      html`${optionsInWords(spec)}${reason === null ? null : html`<br /><small>${reason}</small>`}`,
  },
];

function options({ run, trials }: Leaderboard, asked: string | null): Html {
  const known = optionsOf(trials);
  if (known.length === 0) return html`<p class="soft">What it tries does not differ in an option.</p>`;
  const option = asked !== null && known.includes(asked) ? asked : mostVaried(trials)!;
  const links = known.map((each) =>
    each === option
      ? html`<b>${each}</b> `
      : html`<a href="${trainingRunUrl(run.pipeline, run.run)}?x=${encodeURIComponent(each)}">${each}</a> `,
  );
  return html`<p class="soft">Against: ${links}</p>
    ${optionChart(trials, option, run.metric)}
    <p class="soft">A filled dot was trained on all rows, a circle on some; the ring is the winner's.</p>`;
}

function curvesOf(curves: Readonly<Record<string, Curve>>, { run }: Leaderboard): Html {
  if (Object.keys(curves).length === 0) return html`<p class="soft">No loss was reported yet.</p>`;
  return curvesChart(curves, run.winner);
}
