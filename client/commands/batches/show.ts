import { command } from '../../command.ts';
import { limitOption } from '../../moment.ts';
import { columns, time } from '../../words.ts';

export const show = command<{ limit: number }>({
  arguments: '<pipeline> <batch>',
  summary: 'Show the rows of a batch',
  example: 'air-quality 41ab52c3 --limit 100',
  options: [limitOption(20)],
  async run([pipeline = '', id = ''], { limit }, { operations, result }) {
    const rows = await operations.batches.rows(pipeline, id, { limit });
    const between = rows.some(({ low }) => low !== undefined);
    const lines = rows.map(({ key, time: at, score, low, high, decision, label }) => [
      key,
      time(at),
      String(score),
      ...(between
        ? [low, high].map((end) => String(end ?? '-'))
        : [label ?? (decision === null ? '-' : decision ? 'yes' : 'no')]),
    ]);
    result(rows, columns([['key', 'time', 'score', ...(between ? ['low', 'high'] : ['decision'])], ...lines]));
  },
});
