import type { Run } from '../../../core/runs/runs.ts';
import { command } from '../../command.ts';
import { limitOption } from '../../moment.ts';
import { columns, time, took } from '../../words.ts';

export const list = command<{ limit: number }>({
  arguments: '[pipeline]',
  summary: 'List runs of all loops, newest first',
  example: 'fraud --limit 5',
  options: [limitOption(20)],
  async run([pipeline], { limit }, { operations, result, simulated }) {
    const runs = await operations.runs.list(pipeline, limit);
    const head = ['loop', 'as of', 'status', simulated ? 'started (real time)' : 'started', 'took', 'id'];
    const none = 'Nothing has run yet. Run a loop: perennial run PIPELINE data';
    result(runs, runs.length > 0 ? columns([head, ...runs.map(describe)]) : none);
  },
});

const describe = ({ loop, asOf, status, startedAt, closedAt, workflowId }: Run): string[] => [
  loop,
  asOf ? time(asOf) : '-',
  status,
  time(startedAt),
  closedAt ? took(startedAt, closedAt) : '-',
  workflowId,
];
