import { versionName } from '../../../core/base/ids.ts';
import { command } from '../../command.ts';
import { Option } from 'commander';

export const rollback = command<{ reason: string }>({
  arguments: '<pipeline>',
  summary: 'Give traffic back to the previous version',
  example: 'fraud --reason "too many false alarms"',
  options: [new Option('--reason <words>', 'reason, kept in the audit').default('rolled back by hand')],
  async run([pipeline = ''], { reason }, { operations, result }) {
    const traffic = await operations.models.rollBack({ pipeline, reason });
    result(traffic, `${versionName(traffic.champion)} serves ${pipeline} again (generation ${traffic.generation}).`);
  },
});
