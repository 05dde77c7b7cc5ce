import { versionName } from '../../../core/base/ids.ts';
import { command } from '../../command.ts';
import { limitOption } from '../../moment.ts';
import { columns, time } from '../../words.ts';

export const list = command<{ limit: number }>({
  arguments: '<pipeline>',
  summary: 'List batches of predictions, newest first',
  example: 'air-quality',
  options: [limitOption(20)],
  async run([pipeline = ''], { limit }, { operations, result }) {
    const batches = await operations.batches.list(pipeline, limit);
    const rows = batches.map(({ id, asOf, version, status, rows: count, window }) => [
      id,
      time(asOf),
      versionName(version),
      status,
      String(count),
      `${time(window.from)} to ${time(window.to)}`,
    ]);
    const none = `${pipeline} has no batch yet. Make one: perennial run ${pipeline} prediction`;
    const head = ['batch', 'as of', 'version', 'status', 'rows', 'window'];
    result(batches, rows.length > 0 ? columns([head, ...rows]) : none);
  },
});
