import { closest } from '../../core/base/closest.ts';

const MOST_NAMES = 20;
/** A plausible name of a column: data in the place of names rarely looks like one. */
const NAME = /^[\p{L}_][\p{L}\p{N}_ .-]{0,39}$/u;

/** The names that a source gave to its columns or fields; those that do not look like names are only counted. */
export function namesOf(names: readonly string[]): string {
  if (names.length === 0) return '(none)';
  const listed = names.filter((name) => NAME.test(name)).slice(0, MOST_NAMES);
  const left = names.length - listed.length;
  const more = left === 0 ? [] : [listed.length === 0 ? `${left} that do not look like names` : `and ${left} more`];
  return [...listed, ...more].join(', ');
}

/** meant(['amuont'], ['id', 'amount']) // => ' Did you mean "amount"?' */
export function meant(missing: readonly string[], names: readonly string[]): string {
  const known = names.filter((name) => NAME.test(name) && !missing.includes(name));
  const near = new Set(missing.flatMap((name) => closest(name, known) ?? []));
  return near.size === 0 ? '' : ` Did you mean ${[...near].map((name) => `"${name}"`).join(', ')}?`;
}
