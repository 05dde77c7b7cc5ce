import { versionName } from '../../core/base/ids.ts';
import { command } from '../command.ts';
import { limitOption } from '../moment.ts';
import { columns, time } from '../words.ts';

export const batchesCommand = command<{ limit: number }>({
  name: 'batches',
  arguments: '<pipeline> [batch]',
  summary: 'List batches of predictions, or show the rows of one',
  example: 'batches air-quality',
  options: [limitOption(20)],
  async run([pipeline = '', id], { limit }, { operations, result }) {
    if (id !== undefined) {
      const rows = await operations.batches.rows(pipeline, id, { limit });
      const lines = rows.map(({ key, time: at, score, decision }) => [
        key,
        time(at),
        String(score),
        decision === null ? '-' : decision ? 'yes' : 'no',
      ]);
      return result(rows, columns([['key', 'time', 'score', 'decision'], ...lines]));
    }
    const batches = await operations.batches.list(pipeline, limit);
    const rows = batches.map(({ id: batch, asOf, version, status, rows: count, window }) => [
      batch,
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
