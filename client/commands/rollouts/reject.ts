import { versionName } from '../../../core/base/ids.ts';
import { versionIn } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';
import { Option } from 'commander';

export const reject = command<{ reason: string }>({
  arguments: '<pipeline> [version]',
  summary: 'Reject the challenger that is waiting',
  example: 'fraud --reason "the report shows a fault"',
  options: [new Option('--reason <words>', 'reason, kept in the audit').default('rejected by hand')],
  async run([pipeline = '', text], { reason }, { operations, result }) {
    const version = text === undefined ? {} : { version: await versionIn(text, pipeline, operations.models) };
    const decided = await operations.approvals.decide({ pipeline, ...version, approve: false, reason });
    result(decided, `Rejected ${versionName(decided.approval.version)} of ${pipeline}. It gets no traffic.`);
  },
});
