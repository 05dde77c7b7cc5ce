import type { Approval } from '../../../core/rollout/approvals.ts';
import { versionName } from '../../../core/base/ids.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';

export const list = command({
  arguments: '[pipeline]',
  summary: 'List challengers waiting for approval',
  example: '',
  options: [],
  async run([pipeline], _options, { operations, result }) {
    const waiting = await operations.approvals.list(pipeline);
    const head = ['pipeline', 'version', 'waits until', 'gate'];
    result(
      waiting,
      waiting.length > 0 ? columns([head, ...waiting.map(describe)]) : 'Nothing is waiting for approval.',
    );
  },
});

const describe = ({ pipeline, version, until, reason }: Approval): string[] => [
  pipeline,
  versionName(version),
  time(until),
  reason,
];
