import { UserError } from '../../core/base/errors.ts';
import { versionName } from '../../core/base/ids.ts';
import { command } from '../command.ts';
import { Option } from 'commander';

export const promoteCommand = command<{ reason: string; again?: boolean }>({
  name: 'promote',
  arguments: '<pipeline> <version>',
  summary: 'Give all traffic to a version, whatever its gate said',
  example: 'promote fraud v3 --reason "checked by hand"',
  options: [
    new Option('--reason <words>', 'why, for the audit').default('promoted by hand'),
    new Option('--again', 'also if it serves already: servers that know better, after a restored backup, follow then'),
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
      `${versionName(Number(version))} serves ${pipeline} (generation ${traffic.generation}). Undo with: perennial rollback ${pipeline}`,
    );
  },
});
