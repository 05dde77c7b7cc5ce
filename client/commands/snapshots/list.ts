import type { Expectation } from '../../../core/data/data.ts';
import { command } from '../../command.ts';
import { limitOption } from '../../moment.ts';
import { columns, time } from '../../words.ts';

export const list = command<{ limit: number }>({
  arguments: '<pipeline>',
  summary: "List a pipeline's snapshots and what failed in each",
  example: 'fraud',
  options: [limitOption(20)],
  async run([pipeline = ''], { limit }, { operations, result }) {
    const snapshots = await operations.snapshots.list(pipeline, limit);
    const rows = snapshots.map(({ id, asOf, rows, status, expectations, tags = [] }) => [
      id,
      time(asOf),
      String(rows),
      status,
      failures(expectations),
      tags.join(', ') || '-',
    ]);
    const none = `${pipeline} has no snapshot yet. Take one: perennial run ${pipeline} data`;
    result(
      snapshots,
      rows.length > 0 ? columns([['snapshot', 'as of', 'rows', 'status', 'failed', 'tags'], ...rows]) : none,
    );
  },
});

const failures = (expectations: Expectation[]): string =>
  expectations
    .filter(({ passed }) => !passed)
    .map(({ column, name }) => (column === null ? name : `${column}: ${name}`))
    .join(', ') || '-';
