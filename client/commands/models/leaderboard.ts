import { rungOf, searchInWords, valueOf } from '../../../core/search/board.ts';
import { optionsInWords } from '../../../core/search/words.ts';
import { metricShort } from '../../../core/metrics/index.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';

export const leaderboard = command({
  arguments: '<pipeline> [run]',
  summary: 'What a training run tries, the best first; also while it runs',
  description:
    'What a training run tries, the best first, by the metric on the selection split. Without a run: the newest one.',
  example: 'fraud',
  options: [],
  async run([pipeline = '', run], _options, { operations, result }) {
    const board = await operations.trials.leaderboard(pipeline, run);
    const head = ['candidate', metricShort(board.run.metric), 'rung', 'state', 'seconds', 'options'];
    const rows = board.trials.map((trial) => [
      trial.winner ? `${trial.candidate} (won)` : trial.candidate,
      valueOf(trial)?.toFixed(4) ?? '-',
      rungOf(trial, board.run) || '-',
      trial.state,
      trial.result ? trial.seconds.toFixed(1) : '-',
      trial.state === 'failed' ? (trial.reason ?? '') : optionsInWords(trial.spec),
    ]);
    const words = [
      `${board.run.run}, as of ${time(board.run.asOf)}`,
      searchInWords(board.run),
      '',
      columns([head, ...rows]),
    ];
    result(board, words.join('\n'));
  },
});
