import { UserError } from '../../../core/base/errors.ts';
import { versionName } from '../../../core/base/ids.ts';
import { command } from '../../command.ts';
import { Option } from 'commander';

export const promote = command<{ reason: string; again?: boolean }>({
  arguments: '<pipeline> <version>',
  summary: 'Give a version all traffic, whatever its gate said',
  example: 'fraud v3 --reason "checked by hand"',
  options: [
    new Option('--reason <words>', 'reason, kept in the audit').default('promoted by hand'),
    new Option('--again', 'promote it even if it already serves, so that servers follow a restored backup'),
  ],
  async run([pipeline = '', text = ''], { reason, again = false }, { operations, result }) {
    const version = /^v?(\d+)$/.exec(text)?.[1];
    if (version === undefined)
      throw new UserError(
        'REQUEST_INVALID',
        `"${text}" is not a version. Write v3 or 3; see: perennial models ${pipeline}`,
      );
    const traffic = await operations.models.promote({ pipeline, version: Number(version), again, reason });
    result(
      traffic,
      `${versionName(Number(version))} now serves ${pipeline} (generation ${traffic.generation}). To undo: perennial rollback ${pipeline}`,
    );
  },
});
