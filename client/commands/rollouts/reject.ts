import { versionName } from '../../../core/base/ids.ts';
import { command } from '../../command.ts';
import { versionIn } from '../../version.ts';
import { Option } from 'commander';

export const reject = command<{ reason: string }>({
  arguments: '<pipeline> [version]',
  summary: 'Reject the challenger that is waiting',
  example: 'fraud --reason "the report shows a fault"',
  options: [new Option('--reason <words>', 'reason, kept in the audit').default('rejected by hand')],
  async run([pipeline = '', text], { reason }, { operations, result }) {
    const version = text === undefined ? {} : { version: versionIn(text, pipeline) };
    const decided = await operations.approvals.decide({ pipeline, ...version, approve: false, reason });
    result(decided, `Rejected ${versionName(decided.approval.version)} of ${pipeline}. It gets no traffic.`);
  },
});
