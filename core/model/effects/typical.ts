import type { Encoding } from '../artifact.ts';
import type { Row, Value } from '../../data/data.ts';

/** Each column with the first of its encodings: an average reads a column in several ways. */
export function encodingsByColumn<Of extends { column: string }>(encodings: readonly Of[]): Map<string, Of> {
  const first = new Map<string, Of>();
  for (const encoding of encodings) if (!first.has(encoding.column)) first.set(encoding.column, encoding);
  return first;
}

/** The row that stands for the train split: each column's usual value. */
export const typicalRow = (encodings: readonly Encoding[]): Row =>
  Object.fromEntries([...encodingsByColumn(encodings)].map(([column, encoding]) => [column, usualOf(encoding)]));

/** The median of a number; the most frequent level or hour, null where an earlier release did not keep it. */
export function usualOf(encoding: Encoding): Value {
  switch (encoding.kind) {
    case 'number':
    case 'robust':
    case 'pieces':
      return encoding.median;
    case 'category':
      return encoding.usual ?? encoding.levels[0] ?? null;
    case 'hour':
      return encoding.usual ?? null;
    case 'value':
      return encoding.usual;
    case 'level':
      return encoding.usual ?? encoding.levels[0] ?? null;
  }
}
