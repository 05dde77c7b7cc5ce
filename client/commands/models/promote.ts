import { versionName } from '../../../core/base/ids.ts';
import { versionIn } from '../../../core/training/versions/version-names.ts';
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
    const version = await versionIn(text, pipeline, operations.models);
    const traffic = await operations.models.promote({ pipeline, version, again, reason });
    result(
      traffic,
      `${versionName(version)} now serves ${pipeline} (generation ${traffic.generation}). To undo: perennial rollback ${pipeline}`,
    );
  },
});
