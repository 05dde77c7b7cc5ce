import { command } from '../../command.ts';
import { Option } from 'commander';

export const tag = command<{ remove?: boolean }>({
  arguments: '<pipeline> <snapshot> <tag>',
  summary: 'Give a snapshot a name, by which a declaration can compare with it',
  description:
    'Give a published snapshot a name, by which a declaration can compare with it: drift.reference: { snapshot: TAG }. ' +
    'A name is of one snapshot of the pipeline: it leaves the snapshot that had it.',
  example: 'fraud 4f0c9e21 spring-2026',
  options: [new Option('--remove', 'take the name from the snapshot')],
  async run([pipeline = '', snapshot = '', name = ''], { remove = false }, { operations, result }) {
    const given = { pipeline, snapshot, tag: name };
    if (remove) {
      await operations.snapshots.untag(given);
      return result({ ...given, removed: true }, `"${name}" no longer names snapshot ${snapshot} of ${pipeline}.`);
    }
    const { before } = await operations.snapshots.tag(given);
    const moved = before === null || before === snapshot ? '' : `, no longer ${before}`;
    result({ ...given, before }, `"${name}" names snapshot ${snapshot} of ${pipeline}${moved}.`);
  },
});
