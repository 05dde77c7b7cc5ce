import { versionName } from '../../../core/base/ids.ts';
import { versionIn } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';
import { Option } from 'commander';

export const alias = command<{ remove?: boolean }>({
  arguments: '<pipeline> <version> <alias>',
  summary: 'Give a version a name, which every command takes for it',
  description:
    'Give a version a name, which every command takes for it. A name is of one version of the pipeline: it leaves the ' +
    'version that had it.',
  example: 'fraud v3 best-so-far',
  options: [new Option('--remove', 'take the name from the version')],
  async run([pipeline = '', text = '', name = ''], { remove = false }, { operations, result }) {
    const version = await versionIn(text, pipeline, operations.models);
    const given = { pipeline, version, alias: name };
    if (remove) {
      await operations.models.unalias(given);
      return result({ ...given, removed: true }, `"${name}" no longer names ${versionName(version)} of ${pipeline}.`);
    }
    const { before } = await operations.models.alias(given);
    const moved = before === null || before === version ? '' : `, no longer ${versionName(before)}`;
    result({ ...given, before }, `"${name}" names ${versionName(version)} of ${pipeline}${moved}.`);
  },
});
