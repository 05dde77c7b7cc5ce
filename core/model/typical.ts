import type { Encoding } from './artifact.ts';
import type { Row, Value } from '../data/data.ts';

/** The row that stands for the train split: each column's usual value. */
export const typicalRow = (encodings: readonly Encoding[]): Row =>
  Object.fromEntries(encodings.map((encoding) => [encoding.column, usualOf(encoding)]));

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
