import { columnName, strict } from '../base/schema.ts';
import { own } from '../base/own.ts';
import { valueTypeOf, type Column, type Columns } from '../columns/index.ts';
import * as z from 'zod';

const one = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const words =
  'write a value, a list of values like ["transfer", null] (null: missing), or a range like { from: 18, to: 30 }';

/** What a column's value has to be: one value, one of several, or a number from `from` (included) to `to` (excluded). */
const condition = z.union(
  [one, z.array(one).min(1), strict({ from: z.number().optional(), to: z.number().optional() })],
  words,
);
export type Condition = z.infer<typeof condition>;
export type Conditions = Record<string, Condition>;

/** Rows that are judged by themselves, by name: those that meet all conditions. */
export const slicesSchema = z.record(
  z
    .string()
    .min(1, 'give the slice a name')
    .max(60, 'write at most 60 characters')
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'write a name without control characters'),
  z.record(columnName, condition).refine((conditions) => Object.keys(conditions).length > 0, 'name a column'),
);
/** Each is measured at every training and every check, and corrections for many find less of each. */
export const MOST_SLICES = 50;
export type DeclaredSlices = z.infer<typeof slicesSchema>;

/** Whether a condition is a range. */
export const isRange = (condition: Condition): condition is { from?: number | undefined; to?: number | undefined } =>
  typeof condition === 'object' && condition !== null && !Array.isArray(condition);

interface Problem {
  path: string[];
  message: string;
}

/** Conditions that no row can meet. */
export function* slicesProblems(slices: DeclaredSlices, columns: Columns): Generator<Problem> {
  for (const [name, conditions] of Object.entries(slices))
    for (const [column, condition] of Object.entries(conditions)) {
      const declared = own(columns, column);
      const message = declared
        ? misfit(condition, declared)
        : `no such column; columns are: ${Object.keys(columns).join(', ')}`;
      if (message !== null) yield { path: ['slices', name, column], message };
    }
}

const wordOf = { number: 'a number', text: 'a text', boolean: 'true or false' };
const typeOf = { number: 'number', text: 'string', boolean: 'boolean' };

function misfit(condition: Condition, column: Column): string | null {
  const type = valueTypeOf(column);
  if (!isRange(condition)) {
    const values = Array.isArray(condition) ? condition : [condition];
    const unfit = values.some((value) => value !== null && typeof value !== typeOf[type]);
    return unfit ? `a column of kind ${column.kind} is ${wordOf[type]}, or null where it is missing` : null;
  }
  const { from, to } = condition;
  if (type !== 'number') return `leave the range out: a column of kind ${column.kind} has no order`;
  if (from === undefined && to === undefined) return 'write from, to or both';
  if (from === undefined || to === undefined || from < to) return null;
  // The night runs from 22 to 6.
  if (column.kind === 'hour' && from > to) return null;
  return 'from must be below to, which is not included';
}
