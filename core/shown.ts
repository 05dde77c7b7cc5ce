/** The texts that this process never shows: secrets that it has read, in every way that one is written. */
const hidden = new Set<string>();

const SHORTEST = 8;
const MOST_LETTERS = 2_000;
/** What to do stands at the end of our messages. */
const END_LETTERS = 400;

/**
 * Remembers a secret, so that `shown` leaves it out. It is the second line of defence: what is told of an error names no
 * value anyway. A secret that is short or a plain word is not remembered, since it would blot out ordinary text.
 */
export function hide(secret: string): void {
  for (const part of [secret, ...partsOf(secret)])
    for (const written of [part, encodeURIComponent(part), JSON.stringify(part).slice(1, -1)])
      if (written.length >= SHORTEST && !/^[a-z]+$/.test(written)) hidden.add(written);
}

/** The password of an address and what its query holds: either may be shown without the rest. */
function partsOf(secret: string): string[] {
  if (!URL.canParse(secret)) return [];
  const { password, searchParams } = new URL(secret);
  return [password, decoded(password), ...searchParams.values()];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that stands for itself
  }
}

/** A text without the secrets of this process. */
export function masked(text: string): string {
  let clean = text;
  for (const secret of hidden) if (clean.includes(secret)) clean = clean.replaceAll(secret, '***');
  return clean;
}

/** A text that is not ours without what the addresses in it may hold: a name with a password, and a query. */
export const withoutCredentials = (text: string): string =>
  text
    .replace(/\b([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/@"']+@/gi, '$1***@')
    .replace(/\b(https?:\/\/[^\s"'<>?#]+)\?[^\s"'<>]*/gi, '$1?***');

/** A text as it may leave this process: masked, and with its middle left out when it is too long. */
export function shown(text: string, most = MOST_LETTERS): string {
  // Nothing is looked for in millions of letters; what is cut first is only longer than what is cut in the end.
  const clean = masked(text.length > 4 * most ? shortened(text, 2 * most) : text);
  return shortened(clean, most);
}

function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.min(END_LETTERS, most >> 2);
  const mark = ` ... (${text.length} letters) ... `;
  return text.slice(0, most - end - mark.length).trimEnd() + mark + text.slice(text.length - end).trimStart();
}
