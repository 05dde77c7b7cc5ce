import { UserError } from '../base/errors/errors.ts';

const TAG = /^[a-z0-9][a-z0-9._-]{0,62}$/;
export const TAG_WORDS = 'use lower-case letters, digits, dots, dashes and underscores, like "spring-2026"';

export const isTag = (text: string): boolean => TAG.test(text);

export function checkedTag(tag: string): string {
  if (isTag(tag)) return tag;
  throw new UserError('REQUEST_INVALID', `Nothing was changed: "${tag}" is no tag; ${TAG_WORDS}.`);
}
