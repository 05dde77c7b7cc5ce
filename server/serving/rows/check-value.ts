import { type ValueType } from '../../../core/columns/column.ts';
import { type Value } from '../../../core/data/data.ts';
import { kindOf } from '../../../core/base/errors/kind-of.ts';
import { limitsOf, nullsOf, valueTypeOf, type Column } from '../../../core/columns/index.ts';
import { isSensitive } from '../../../core/declaration/redaction/redaction.ts';
import { valuePolicyOf, type ColumnProblem, type ValuePolicy } from '../../../core/declaration/values.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type Encoding } from '../../../core/model/artifact.ts';
import { usualOf } from '../../../core/model/effects/typical.ts';
import { isBroken } from '../../protocols/limits/body.ts';

/** Longer keys do not fit into an index of the prediction log. */
export const LONGEST_TEXT = 500;
const LONGEST_SHOWN = 57;
const MOST_LEVELS = 8;

/** What is wrong with a value: '"amount" is missing', and what to do: 'send a finite number'. */
export interface Fault {
  problem: ColumnProblem;
  what: string;
  hint: string;
}

/** The check of one column's values. */
export interface ColumnCheck {
  column: string;
  policy: ValuePolicy;
  /** What is wrong, unless it is accepted. */
  faultOf(value: unknown): Fault | null;
  /** What is scored instead, and how a person may read it. */
  usual: { value: Value; shown: string };
}

/** Compiles what a declaration and the version that learnt from it say of a column. */
export function checkOf(pipeline: Pipeline, column: string, encodings: readonly Encoding[]): ColumnCheck {
  const declared = pipeline.columns[column]!;
  const hidden = isSensitive(pipeline, column);
  const encoding = encodings.find((one) => one.column === column);
  const policy = valuePolicyOf(pipeline, column);
  const type = valueTypeOf(declared);
  const range = policy.outOfRange === 'accept' ? null : rangeOf(declared, encoding);
  const levels = policy.unseen === 'accept' ? null : levelsOf(declared, encoding);
  const wanted = (): string => wantedOf(declared, policy, hidden);
  const shown = (value: unknown): string => (hidden ? kindOf(value) : show(value));

  const missing = (value: unknown): Fault => ({
    problem: 'missing',
    what: value === null ? 'is null' : 'is missing',
    hint: `send ${wanted()}`,
  });
  const outOfRange = (value: number, [least, most]: Range): Fault =>
    hidden
      ? { problem: 'outOfRange', what: 'is outside its range', hint: 'send a number within it' }
      : {
          problem: 'outOfRange',
          what: `is ${value}, ${value < least ? `below ${least}` : `above ${most}`}`,
          hint: 'send a number within its range',
        };
  const unseen = (value: string, known: ReadonlySet<string>): Fault => ({
    problem: 'unseen',
    what: `is ${shown(value)}, a level that is neither declared nor learnt`,
    hint: hidden ? 'send a known one' : `send text such as ${quotedSome([...known])}`,
  });

  function faultOf(value: unknown): Fault | null {
    if (value === undefined || value === null) return policy.missing === 'accept' ? null : missing(value);
    // JSON has no NaN, but 1e999 reads as Infinity.
    if (type === 'number' && typeof value === 'number' && Number.isFinite(value))
      return range !== null && (value < range[0] || value > range[1]) ? outOfRange(value, range) : null;
    if (type === 'boolean' && typeof value === 'boolean') return null;
    if (type === 'text' && typeof value === 'string')
      return textFault(value) ?? (levels !== null && !levels.has(value) ? unseen(value, levels) : null);
    return { problem: 'wrongType', what: `is ${shown(value)}`, hint: `send ${wanted()}` };
  }
  return { column, policy, faultOf, usual: usualIn(declared, encoding, hidden) };
}

/** A row with broken text could be answered but never logged. */
export function textFault(value: string): Fault | null {
  if (value.length > LONGEST_TEXT)
    return { problem: 'wrongType', what: `has ${value.length} characters`, hint: `send at most ${LONGEST_TEXT}` };
  if (!isBroken(value)) return null;
  return { problem: 'wrongType', what: 'contains a character that is not valid text', hint: 'send valid text' };
}

/** What training saw in place of a value: null, where the column has them, or what was usual. */
function usualIn(declared: Column, encoding: Encoding | undefined, hidden: boolean): ColumnCheck['usual'] {
  const learnt = nullsOf(declared) > 0 || !encoding ? null : usualOf(encoding);
  const value = valueTypeOf(declared) === 'boolean' && learnt !== null ? learnt === 'true' : learnt;
  return { value, shown: value === null ? 'null' : hidden ? 'its usual value' : show(value) };
}

type Range = readonly [least: number, most: number];

function rangeOf(declared: Column, encoding: Encoding | undefined): Range | null {
  const { min, max } = limitsOf(declared);
  if (min !== undefined || max !== undefined) return [min ?? -Infinity, max ?? Infinity];
  return encoding && 'range' in encoding && encoding.range ? encoding.range : null;
}

function levelsOf(declared: Column, encoding: Encoding | undefined): ReadonlySet<string> | null {
  if (encoding?.kind !== 'category' && encoding?.kind !== 'level') return null;
  return new Set([...encoding.levels, ...(limitsOf(declared).levels ?? [])]);
}

const typeWords: Record<ValueType, string> = { number: 'a finite number', text: 'text', boolean: 'true or false' };

/** What a column accepts, in words. */
function wantedOf(column: Column, { missing }: ValuePolicy, hidden: boolean): string {
  const { levels } = hidden ? {} : limitsOf(column);
  return (
    typeWords[valueTypeOf(column)] +
    (levels ? ` such as ${quotedSome(levels)}` : '') +
    (missing === 'accept' ? ' or null' : '')
  );
}

const quotedSome = (levels: readonly string[]): string =>
  levels.slice(0, MOST_LEVELS).map(show).join(', '); // prettier-ignore

/** A value's kind, and the value itself if short: it can be megabytes, and its sender knows it. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
}
