import { UserError } from '../../core/errors.ts';
import { versionName } from '../../core/ids.ts';
import { command } from '../command.ts';
import { Option } from 'commander';

export const promoteCommand = command<{ reason: string }>({
  name: 'promote',
  arguments: '<pipeline> <version>',
  summary: 'Give all traffic to a version, whatever its gate said',
  example: 'promote fraud v3 --reason "checked by hand"',
  options: [new Option('--reason <words>', 'why, for the audit').default('promoted by hand')],
  async run([pipeline = '', text = ''], { reason }, { operations, by, result }) {
    const version = /^v?(\d+)$/.exec(text)?.[1];
    if (version === undefined)
      throw new UserError(
        'REQUEST_INVALID',
        `"${text}" is not a version. Write v3 or 3; see: perennial models ${pipeline}`,
      );
    const traffic = await operations.models.promote({ pipeline, version: Number(version), by, reason });
    result(
      traffic,
      `${versionName(Number(version))} serves ${pipeline} (generation ${traffic.generation}). Undo with: perennial rollback ${pipeline}`,
    );
  },
});
