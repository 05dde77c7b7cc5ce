const MOST_NAMES = 20;
/** What a person would call a column: data that stands where names belong seldom looks like it. */
const NAME = /^[\p{L}_][\p{L}\p{N}_ .-]{0,39}$/u;

/** The names that a source gave to its columns or fields; those that do not look like names are only counted. */
export function namesOf(names: readonly string[]): string {
  if (names.length === 0) return '(none)';
  const listed = names.filter((name) => NAME.test(name)).slice(0, MOST_NAMES);
  const left = names.length - listed.length;
  const more = left === 0 ? [] : [listed.length === 0 ? `${left} that do not look like names` : `and ${left} more`];
  return [...listed, ...more].join(', ');
}
