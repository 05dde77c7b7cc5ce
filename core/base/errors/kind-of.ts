/** A value in words that do not give it away: "text of 16 letters". Errors say no more of a value. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string')
    return value === '' ? 'empty text' : `text of ${value.length} ${value.length === 1 ? 'letter' : 'letters'}`;
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
