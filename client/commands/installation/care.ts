import type { Removed } from '../../../core/runs/care.ts';
import { command } from '../../command.ts';
import { columns } from '../../words.ts';
import { Option } from 'commander';

export const care = command<{ dryRun: boolean }>({
  arguments: '',
  summary: 'Remove old predictions and unreferenced objects',
  example: '--dry-run',
  options: [new Option('--dry-run', 'list what would be removed, but remove nothing').default(false)],
  async run(_positional, { dryRun }, { operations, result, note }) {
    const workflowId = await operations.care.start({ dryRun });
    note(`Running ${workflowId}`);
    const facts = await operations.care.result(workflowId);
    const head = ['', dryRun ? 'would remove' : 'removed', 'MB', 'first'];
    const nothing = dryRun ? 'Nothing would be removed.' : 'Nothing to remove.';
    result(facts, facts.removed.length > 0 ? columns([head, ...facts.removed.map(describe)]) : nothing);
  },
});

const describe = ({ kind, count, bytes, first }: Removed): string[] => [
  kind,
  String(count),
  bytes === null ? '-' : (bytes / 1e6).toFixed(1),
  first[0] ?? '-',
];
