import { versionName } from '../core/base/ids.ts';
import { versionIn } from '../core/training/versions/version-names.ts';
import type { Operations } from '../operations/index.ts';
import { action, called, type Action, type Field } from './action.ts';
import * as z from 'zod';

const of = { pipeline: z.string().min(1), version: z.coerce.string().min(1) };
const text = z.string().trim().min(1);
type Of = { pipeline: string; version: string };

/** Does it to the version that is meant, and says what was done. */
async function done({ models }: Operations, given: Of, doIt: (of: { pipeline: string; version: number }) => Promise<string>): Promise<string> {
  const version = await versionIn(given.version, given.pipeline, models);
  return `${versionName(version)} of ${given.pipeline} ${await doIt({ pipeline: given.pipeline, version })}.`;
} // prettier-ignore

const alias: Field = { name: 'alias', label: 'Alias, like best-so-far' };
const tag: Field = { name: 'tag', label: 'Name, like reviewed' };

/** What people call a version, and keep with it. */
export const naming = {
  alias: action(z.object({ ...of, alias: text }), {
    verb: 'Give the alias',
    words: ({ pipeline, version }) =>
      `Gives ${called(version)} of ${pipeline} a name, which leaves the version that had it. Commands and addresses take it for the version.`,
    fields: [alias],
    perform: (operations, { alias: name, ...given }) =>
      done(operations, given, async (meant) => {
        const { before } = await operations.models.alias({ ...meant, alias: name });
        return `is "${name}"${before === null || before === meant.version ? '' : `, no longer ${versionName(before)}`}`;
      }),
  }),
  unalias: action(z.object({ ...of, alias: text }), {
    verb: 'Remove the alias',
    words: ({ pipeline, version, alias: name }) => `Takes the alias "${name}" from ${called(version)} of ${pipeline}.`,
    fields: [],
    perform: (operations, { alias: name, ...given }) =>
      done(operations, given, async (meant) => {
        await operations.models.unalias({ ...meant, alias: name });
        return `is no longer "${name}"`;
      }),
  }),
  tag: action(z.object({ ...of, tag: text, value: text }), {
    verb: 'Set the tag',
    words: ({ pipeline, version }) =>
      `Keeps a tag with ${called(version)} of ${pipeline}, instead of one of this name.`,
    fields: [tag, { name: 'value', label: 'Value, like yes' }],
    perform: (operations, { tag: name, value, ...given }) =>
      done(operations, given, async (meant) => {
        await operations.models.describe({ ...meant, tags: { [name]: value } });
        return `has the tag ${name}=${value}`;
      }),
  }),
  untag: action(z.object({ ...of, tag: text }), {
    verb: 'Remove the tag',
    words: ({ pipeline, version, tag: name }) => `Removes the tag ${name} from ${called(version)} of ${pipeline}.`,
    fields: [],
    perform: (operations, { tag: name, ...given }) =>
      done(operations, given, async (meant) => {
        await operations.models.describe({ ...meant, tags: { [name]: null } });
        return `no longer has the tag ${name}`;
      }),
  }),
  note: action(z.object({ ...of, note: text }), {
    verb: 'Keep the note',
    words: ({ pipeline, version }) =>
      `Keeps a note with ${called(version)} of ${pipeline}, instead of the last. Remove it by a dash.`,
    fields: [{ name: 'note', label: 'Note' }],
    perform: (operations, { note, ...given }) =>
      done(operations, given, async (meant) => {
        await operations.models.describe({ ...meant, note: note === '-' ? '' : note });
        return note === '-' ? 'has no note' : 'has the note';
      }),
  }),
} satisfies Record<string, Action>;
