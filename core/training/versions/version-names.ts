import type { Way } from '../../access/actor.ts';
import { UserError } from '../../base/errors/errors.ts';

/** What people call a version besides its number, and what they keep with it. Absent where there is none. */
export interface Described {
  aliases?: string[];
  tags?: Record<string, string>;
  note?: string;
}

interface Change {
  pipeline: string;
  version: number;
  by: string;
  from?: Way | undefined;
}

/** Each change and its audit row are one transaction; a change that changes nothing has no row. */
export interface VersionNames {
  /** null: no version has this alias. */
  numberOf(pipeline: string, alias: string): Promise<number | null>;
  /** Takes the alias from the version that had it; returns that. Throws MODEL_UNKNOWN. */
  give(change: Change & { alias: string }): Promise<{ before: number | null }>;
  /** false: that version does not have it. */
  take(change: Change & { alias: string }): Promise<boolean>;
  /** Keeps these tags and this note with the version; null removes a tag. Throws MODEL_UNKNOWN. */
  describe(change: Change & Changes): Promise<Described>;
}
export interface Changes {
  tags?: Record<string, string | null> | undefined;
  /** '' removes it. */
  note?: string | undefined;
}

const NAME = /^[a-z][a-z0-9._-]{0,62}$/;
const NUMBER = /^v?(\d{1,9})$/;
const [MOST_TAGS, MOST_OF_A_TAG, MOST_OF_A_NOTE] = [50, 200, 2_000];

/** The number of a version that is named by it: numberIn('v3') // => 3, as is numberIn('3'); of an alias null */
export function numberIn(text: string): number | null {
  const number = NUMBER.exec(text)?.[1];
  return number === undefined ? null : Number(number);
}

/** The number of a version as people write it: v3, 3 or an alias, which is looked up. */
export async function versionIn(
  text: string,
  pipeline: string,
  models: { named(pipeline: string, alias: string): Promise<number> },
): Promise<number> {
  return numberIn(text) ?? models.named(pipeline, text);
}

export const isAlias = (text: string): boolean => NAME.test(text) && !NUMBER.test(text);

export function checkedAlias(alias: string): string {
  if (isAlias(alias) && alias !== 'champion') return alias;
  throw invalid(
    alias === 'champion'
      ? '"champion" is what serves; promote a version instead'
      : `"${alias}" is no alias: use lower-case letters, digits, dots, dashes and underscores, like "best-so-far"; v3 and 3 are numbers`,
  );
}

/** What may be kept with a version. `tags`: those that it has then. */
export function checkTags(tags: Readonly<Record<string, string | null>>): void {
  for (const [name, value] of Object.entries(tags)) {
    if (!NAME.test(name))
      throw invalid(`"${name}" is no name of a tag: use lower-case letters, digits, dots, dashes and underscores`);
    if (value !== null && (value.length === 0 || value.length > MOST_OF_A_TAG))
      throw invalid(`the tag "${name}" needs a value of 1 to ${MOST_OF_A_TAG} characters`);
  }
  if (Object.keys(tags).length > MOST_TAGS) throw invalid(`a version has at most ${MOST_TAGS} tags`);
}

export function checkNote(note: string): void {
  if (note.length > MOST_OF_A_NOTE) throw invalid(`a note has at most ${MOST_OF_A_NOTE} characters`);
}

const invalid = (what: string): UserError => new UserError('REQUEST_INVALID', `Nothing was changed: ${what}.`);

/** "reviewed=yes, owner=risk" */
export const tagsInWords = (tags: Described['tags'] = {}): string =>
  Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
