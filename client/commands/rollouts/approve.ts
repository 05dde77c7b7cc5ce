import { versionName } from '../../../core/base/ids.ts';
import type { Operations } from '../../../operations/index.ts';
import { versionIn } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';
import { Option } from 'commander';

type Decided = Awaited<ReturnType<Operations['approvals']['decide']>>;

export const approve = command<{ reason: string }>({
  arguments: '<pipeline> [version]',
  summary: 'Approve the challenger that is waiting',
  example: 'fraud --reason "card and report read"',
  options: [new Option('--reason <words>', 'reason, kept in the audit').default('approved by hand')],
  async run([pipeline = '', text], { reason }, { operations, result }) {
    const version = text === undefined ? {} : { version: await versionIn(text, pipeline, operations.models) };
    const decided = await operations.approvals.decide({ pipeline, ...version, approve: true, reason });
    result(decided, inWords(decided));
  },
});

function inWords({ approval: { pipeline, version }, outcome }: Decided): string {
  const name = `${versionName(version)} of ${pipeline}`;
  if (outcome === null) return `Approved ${name}. See the outcome with: perennial rollouts ${pipeline}`;
  return outcome.result === 'promoted'
    ? `Approved: ${versionName(version)} now serves ${pipeline}. To undo: perennial rollback ${pipeline}`
    : `Approved ${name}, but it ended ${outcome.result}: ${outcome.reason}`;
}
