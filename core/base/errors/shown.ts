/** The texts that this process never shows: secrets that it has read, in every encoding. */
const hidden = new Set<string>();
/** The longest first: if one contains another, no part of it remains. */
let longestFirst: string[] = [];

// All but the tab and the line feed.
// oxlint-disable-next-line no-control-regex -- it matches control characters
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const SHORTEST = 8;
const MOST_LETTERS = 2_000;
/** Our messages end with what to do, so a long one keeps its end. */
const END_LETTERS = 400;

/**
 * Remembers a secret for `shown` to mask. It is the second line of defence: our errors name no values anyway. A secret
 * that is short or a plain word is not remembered, since masking it would blot out ordinary text.
 */
export function hide(secret: string): void {
  if (isPlainAddress(secret)) return;
  for (const part of [secret, ...partsOf(secret)])
    for (const written of [part, encodeURIComponent(part), JSON.stringify(part).slice(1, -1)])
      if (written.length >= SHORTEST && !/^[a-z]+$/.test(written)) hidden.add(written);
  longestFirst = [...hidden].sort((one, other) => other.length - one.length);
}

/** An address without password and query, for errors to name. */
function isPlainAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password, pathname, search } = new URL(text);
  return username + password + search === '' && /^\/?$/.test(pathname);
}

const SECRET_NAME = /key|token|secret|pass|sig|auth|code/i;

/** The password of an address and the secrets in its query, by their names: each could be shown alone. */
function partsOf(secret: string): string[] {
  if (!URL.canParse(secret)) return [];
  const { password, searchParams } = new URL(secret);
  const secrets = [...searchParams].flatMap(([name, value]) => (SECRET_NAME.test(name) ? [value] : []));
  return [password, decoded(password), ...secrets];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a literal percent sign
  }
}

/** A text without the secrets of this process. */
export function masked(text: string): string {
  let clean = text;
  for (const secret of longestFirst) if (clean.includes(secret)) clean = clean.replaceAll(secret, '***');
  return clean;
}

/** A foreign text whose addresses lose their name, password and query. */
export const withoutCredentials = (text: string): string =>
  text
    .replace(/\b([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/@"']+@/gi, '$1***@')
    .replace(/\b(https?:\/\/[^\s"'<>?#]+)\?[^\s"'<>]*/gi, '$1?***');

/** Escapes control characters and those that change the text direction, as JSON does: a terminal would obey them. */
export const printable = (text: string): string =>
  text.replace(CONTROL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A text as it may leave this process: masked, and without its middle if it is too long. */
export function shown(text: string, most = MOST_LETTERS): string {
  // Do not search millions of characters. The rest of a secret that this cut splits lies far from both ends,
  // and the last cut removes it.
  const margin = 2 * most;
  const clean = masked(text.length > 2 * margin ? `${text.slice(0, margin)}\n${text.slice(-margin)}` : text);
  return shortened(clean, most, text.length);
}

function shortened(text: string, most: number, letters: number): string {
  if (text.length <= most) return text;
  const end = Math.min(END_LETTERS, most >> 2);
  const mark = ` ... (${letters} letters) ... `;
  return text.slice(0, most - end - mark.length).trimEnd() + mark + text.slice(text.length - end).trimStart();
}
