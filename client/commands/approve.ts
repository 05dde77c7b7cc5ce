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
  summary: 'Let the waiting challenger serve, or list what waits',
  example: 'approve fraud --reason "card and report read"',
  options: [new Option('--reject', 'send it away instead'), new Option('--reason <words>', 'why, for the audit')],
  async run([pipeline], { reject = false, reason }, { operations, result }) {
    if (pipeline === undefined) {
      if (reject || reason !== undefined)
        throw new UserError(
          'REQUEST_INVALID',
          'Say of which pipeline: perennial approve PIPELINE. Those that wait: perennial approve',
        );
      const waiting = await operations.approvals.list();
      const head = ['pipeline', 'version', 'waits until', 'what the gate said'];
      return result(
        waiting,
        waiting.length > 0 ? columns([head, ...waiting.map(describe)]) : 'Nothing waits for an approval.',
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
  if (!decision?.approve) return `Rejected ${name}: it gets no traffic.`;
  if (outcome === null) return `Approved ${name}. What comes of it is told by: perennial status ${pipeline}`;
  return outcome.result === 'promoted'
    ? `Approved: ${versionName(version)} serves ${pipeline}. Undo with: perennial rollback ${pipeline}`
    : `Approved ${name}, but it ended ${outcome.result}: ${outcome.reason}`;
}
