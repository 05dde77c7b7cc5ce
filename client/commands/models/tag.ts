import { UserError } from '../../../core/base/errors/errors.ts';
import { versionName } from '../../../core/base/ids.ts';
import { tagsInWords, versionIn } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';
import { Option } from 'commander';

export const tag = command<{ remove?: string[]; note?: string }>({
  arguments: '<pipeline> <version> [tags...]',
  summary: 'Keep words with a version: tags like reviewed=yes, and a note',
  example: 'fraud v3 reviewed=yes owner=risk --note "checked by hand"',
  options: [
    new Option('--remove <names...>', 'tags to remove'),
    new Option('--note <words>', 'the note to keep instead of the last; "" for none'),
  ],
  async run([pipeline = '', text = '', ...pairs], { remove = [], note }, { operations, result }) {
    const tags: Record<string, string | null> = Object.fromEntries(remove.map((name) => [name, null]));
    for (const pair of pairs) {
      const [, name, value] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined)
        throw new UserError('REQUEST_INVALID', `"${pair}" is no tag. Write NAME=VALUE, like reviewed=yes.`);
      tags[name] = value;
    }
    if (Object.keys(tags).length === 0 && note === undefined)
      throw new UserError('REQUEST_INVALID', 'Say what to keep: NAME=VALUE, --remove NAME or --note.');
    const version = await versionIn(text, pipeline, operations.models);
    const kept = await operations.models.describe({ pipeline, version, tags, note });
    const all = [tagsInWords(kept.tags) || 'no tags', ...(kept.note ? [`the note "${kept.note}"`] : [])];
    result({ pipeline, version, ...kept }, `${versionName(version)} of ${pipeline} has ${all.join(' and ')}.`);
  },
});
