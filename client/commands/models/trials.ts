import { filterFrom, type AskedFilter } from '../../../core/search/filter.ts';
import { valueOf } from '../../../core/search/board.ts';
import { optionsInWords } from '../../../core/search/words.ts';
import { metricShort } from '../../../core/metrics/index.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';
import { Option } from 'commander';

const USUAL_LIMIT = 50;
const collected = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

export const trials = command<AskedFilter>({
  arguments: '[pipeline]',
  summary: 'Find what training runs tried, by recipe, metric, options, date',
  example: 'fraud --recipe boosted --least 0.4 --option leaves=8..64',
  options: [
    new Option('--recipe <kind>', 'only of this recipe'),
    new Option('--state <state>', 'only those that are waiting, running, stopped, finished or failed'),
    new Option('--metric <name>', 'the metric that --least and --most mean, by default the one of the gate'),
    new Option('--least <value>', 'with at least this value of the metric'),
    new Option('--most <value>', 'with at most this value of the metric'),
    new Option('--option <name=value>', 'with an option of this value, or of a range like leaves=8..64; repeat it for more').argParser(collected), // prettier-ignore
    new Option('--since <moment>', 'of training runs that began at or after this moment'),
    new Option('--until <moment>', 'of training runs that began before this moment'),
    new Option('--limit <count>', `most rows to list (${USUAL_LIMIT})`),
  ],
  async run([pipeline], options, { operations, result }) {
    const found = await operations.trials.list({ ...filterFrom(options, USUAL_LIMIT), pipeline });
    const head = ['began', 'candidate', 'state', 'metric', 'value', 'options'];
    const rows = found.map((trial) => [
      time(trial.at),
      trial.winner ? `${trial.candidate} (won)` : trial.candidate,
      trial.state,
      metricShort(trial.metric),
      valueOf(trial)?.toFixed(4) ?? '-',
      optionsInWords(trial.spec),
    ]);
    result(found, rows.length > 0 ? columns([head, ...rows]) : 'Nothing that was tried fits.');
  },
});
