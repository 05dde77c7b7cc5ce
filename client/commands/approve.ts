import type { Approval } from '../../core/rollout/approvals.ts';
import { UserError } from '../../core/base/errors.ts';
import { versionName } from '../../core/base/ids.ts';
import type { Operations } from '../../operations/index.ts';
import { command } from '../command.ts';
import { columns, time } from '../words.ts';
import { Option } from 'commander';

type Decided = Awaited<ReturnType<Operations['approvals']['decide']>>;

export const approveCommand = command<{ reject?: boolean; reason?: string }>({
  name: 'approve',
  arguments: '[pipeline]',
  summary: 'Approve a waiting challenger, or list those waiting',
  example: 'approve fraud --reason "card and report read"',
  options: [new Option('--reject', 'reject it instead'), new Option('--reason <words>', 'reason, kept in the audit')],
  async run([pipeline], { reject = false, reason }, { operations, result }) {
    if (pipeline === undefined) {
      if (reject || reason !== undefined)
        throw new UserError(
          'REQUEST_INVALID',
          'Name the pipeline: perennial approve PIPELINE. To see what is waiting: perennial approve',
        );
      const waiting = await operations.approvals.list();
      const head = ['pipeline', 'version', 'waits until', 'gate'];
      return result(
        waiting,
        waiting.length > 0 ? columns([head, ...waiting.map(describe)]) : 'Nothing is waiting for approval.',
      );
    }
    const why = reason ?? (reject ? 'rejected by hand' : 'approved by hand');
    const decided = await operations.approvals.decide({ pipeline, approve: !reject, reason: why });
    result(decided, inWords(decided));
  },
});

const describe = ({ pipeline, version, until, reason }: Approval): string[] => [
  pipeline,
  versionName(version),
  time(until),
  reason,
];

function inWords({ approval: { pipeline, version, decision }, outcome }: Decided): string {
  const name = `${versionName(version)} of ${pipeline}`;
  if (!decision?.approve) return `Rejected ${name}. It gets no traffic.`;
  if (outcome === null) return `Approved ${name}. See the outcome with: perennial status ${pipeline}`;
  return outcome.result === 'promoted'
    ? `Approved: ${versionName(version)} now serves ${pipeline}. To undo: perennial rollback ${pipeline}`
    : `Approved ${name}, but it ended ${outcome.result}: ${outcome.reason}`;
}
