import { versionName } from '../../../core/base/ids.ts';
import { versionIn } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';
import { Option } from 'commander';

export const start = command<{ reason: string }>({
  arguments: '<pipeline> <version>',
  summary: 'Roll a version out the way its declaration says',
  example: 'fraud v3 --reason "checked by hand"',
  options: [new Option('--reason <words>', 'reason, kept in the audit').default('started by hand')],
  async run([pipeline = '', text = ''], { reason }, { operations, result }) {
    const rollout = await operations.rollouts.start({
      pipeline,
      version: await versionIn(text, pipeline, operations.models),
      reason,
    });
    const name = versionName(rollout.version);
    result(rollout, `Rolling out ${name} of ${pipeline}. See the outcome with: perennial rollouts ${pipeline}`);
  },
});
