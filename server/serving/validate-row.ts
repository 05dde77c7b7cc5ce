import { type ValueType } from '../../core/columns/column.ts';
import { type Row, type Value } from '../../core/data/data.ts';
import { kindOf } from '../../core/base/kind-of.ts';
import { derivationOf, limitsOf, nullsOf, readColumns, valueTypeOf, type Column } from '../../core/columns/index.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { isSensitive, redactorOf } from '../../core/declaration/redaction.ts';
import { DAY, parseMoment } from '../../core/time/time.ts';
import { isBroken } from '../protocols/body.ts';
import { RequestProblem } from '../protocols/errors.ts';

/** Longer keys do not fit into an index of the prediction log. */
export const LONGEST_TEXT = 500;
const LONGEST_SHOWN = 57;
/** A time further from now is a mistake: nobody predicts so far ahead, or for so old a row. */
const FARTHEST = { ahead: 366 * DAY, back: 3_653 * DAY };
const MOST_LISTED = 50;

export interface ValidRow {
  /** Every declared column, those derived from time included; absent ones are null. */
  row: Row;
  /** The client's key for this row; null when it sent none. */
  key: string | null;
  entity: string | null;
  /** Event time in milliseconds since 1970. */
  time: number;
}

/** Checks one row of a request; `at` is its index among many, null for a single row. */
export type RowValidator = (input: unknown, now: number, at: number | null) => ValidRow;

/** The fields that a row may have. */
export function fieldsOf({ source, columns }: Pipeline): Set<string> {
  const sent = readColumns(columns).map(([column]) => column);
  return new Set([...sent, source.key, source.time, ...(source.entity === undefined ? [] : [source.entity])]);
}

/**
 * Compiles a declaration into the check for every prediction of that revision. It ignores fields that are `taken` but
 * not its own: another version reads them.
 */
export function compileValidator(pipeline: Pipeline, taken: ReadonlySet<string> = fieldsOf(pipeline)): RowValidator {
  const { name, source, columns } = redactorOf(pipeline).pipeline();
  const features = readColumns(columns);
  const derived = Object.entries(columns).flatMap(([column, declared]) => {
    const derive = derivationOf(declared);
    return derive === null ? [] : [{ column, derive }];
  });
  const hidden = { key: isSensitive(pipeline, source.key), entity: isSensitive(pipeline, source.entity ?? '') };
  const entityIsFeature = source.entity !== undefined && Object.hasOwn(columns, source.entity);

  return (input, now, at) => {
    if (typeof input !== 'object' || input === null || Array.isArray(input))
      throw new RequestProblem(`${place(at, null)} is ${show(input)}; send a JSON object of fields.`, null, at ?? 0);
    const fields = input as Record<string, unknown>;
    const row: Row = {};
    let known = 0;
    for (const [column, declaration] of features) {
      const value = own(fields, column);
      if (value !== undefined) known++;
      row[column] = checkValue(value, column, declaration, at);
    }

    const sentKey = own(fields, source.key);
    const sentTime = own(fields, source.time);
    const sentEntity = source.entity === undefined ? undefined : own(fields, source.entity);
    if (sentKey !== undefined) known++;
    if (sentTime !== undefined) known++;
    if (sentEntity !== undefined && !entityIsFeature) known++;
    for (const _field in fields) {
      if (known-- > 0) continue;
      const unknown = Object.keys(fields).find((sent) => !taken.has(sent));
      if (unknown !== undefined) throw unknownField(unknown, at);
      break;
    }

    const time = sentTime === undefined || sentTime === null ? now : checkTime(sentTime, source.time, at, now);
    for (const { column, derive } of derived) row[column] = derive(time);
    return {
      row,
      key: sentKey === undefined || sentKey === null ? null : checkName(sentKey, source.key, at, hidden.key),
      entity:
        sentEntity === undefined || sentEntity === null
          ? null
          : checkName(sentEntity, source.entity ?? '', at, hidden.entity),
      time,
    };
  };

  function unknownField(field: string, at: number | null): RequestProblem {
    const why = derived.some(({ column }) => column === field)
      ? `is derived from ${source.time}; leave it out`
      : `is not a field of ${name}; fields are: ${listed([...fieldsOf(pipeline)])}`;
    return new RequestProblem(`${place(at, field)} ${why}.`, field, at ?? 0);
  }
}

/** A field the client sent, not one that every object inherits (a column can be named "constructor"). */
function own(fields: Record<string, unknown>, name: string): unknown {
  const value = fields[name];
  return typeof value === 'function' ? undefined : value;
}

function checkValue(value: unknown, column: string, declared: Column, at: number | null): Value {
  if (value === undefined || value === null) {
    if (nullsOf(declared) > 0) return null;
    const what = value === null ? 'is null, which is not allowed' : 'is missing';
    throw new RequestProblem(`${place(at, column)} ${what}; send ${wanted(declared)}.`, column, at ?? 0);
  }
  // JSON has no NaN, but 1e999 reads as Infinity.
  const type = valueTypeOf(declared);
  if (type === 'number' && typeof value === 'number' && Number.isFinite(value)) return value;
  if (type === 'boolean' && typeof value === 'boolean') return value;
  if (type === 'text' && typeof value === 'string') return checkText(value, column, at);
  const what = declared.sensitive ? kindOf(value) : show(value);
  throw new RequestProblem(`${place(at, column)} is ${what}; send ${wanted(declared)}.`, column, at ?? 0);
}

/** A row with broken text could be answered but never logged. */
function checkText(value: string, field: string, at: number | null): string {
  if (value.length > LONGEST_TEXT)
    throw new RequestProblem(
      `${place(at, field)} has ${value.length} characters; send at most ${LONGEST_TEXT}.`,
      field,
      at ?? 0,
    );
  if (isBroken(value))
    throw new RequestProblem(`${place(at, field)} contains a character that is not valid text.`, field, at ?? 0);
  return value;
}

/** A key or an entity: text, or a number that JSON carries without loss. */
function checkName(value: unknown, field: string, at: number | null, isHidden: boolean): string {
  if (typeof value === 'string' && value !== '') return checkText(value, field, at);
  if (Number.isSafeInteger(value)) return String(value);
  const hint = typeof value === 'number' ? ' (a number beyond 2^53 loses digits in JSON: send it as text)' : '';
  throw new RequestProblem(
    `${place(at, field)} is ${isHidden ? kindOf(value) : show(value)}; send text or a whole number${hint}.`,
    field,
    at ?? 0,
  );
}

/** A time without a zone means UTC, as it does in the source. */
function checkTime(value: unknown, field: string, at: number | null, now: number): number {
  const time = typeof value === 'string' ? parseMoment(value) : null;
  if (time !== null && (time - now > FARTHEST.ahead || now - time > FARTHEST.back))
    throw new RequestProblem(
      `${place(at, field)} is ${show(value)}, which is over a year ahead or ten years back; send the event's time.`,
      field,
      at ?? 0,
    );
  if (time !== null) return time;
  const hint = 'send a time like "2026-01-03T10:30:00Z"';
  throw new RequestProblem(`${place(at, field)} is ${show(value)}; ${hint}.`, field, at ?? 0);
}

const typeWords: Record<ValueType, string> = { number: 'a finite number', text: 'text', boolean: 'true or false' };

/** What a column accepts, in words. */
function wanted(column: Column): string {
  const levels = limitsOf(column)
    .levels?.slice(0, 8)
    .map((level) => `"${level}"`);
  return (
    typeWords[valueTypeOf(column)] +
    (levels ? ` such as ${levels.join(', ')}` : '') +
    (nullsOf(column) > 0 ? ' or null' : '')
  );
}

function place(at: number | null, field: string | null): string {
  const name = field === null ? '' : show(field);
  return at === null ? name || 'The row' : `rows[${at}]${name && `.${name}`}`;
}

/** A value's kind, and the value itself if short: it can be megabytes, and its sender knows it. */
function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
}

const listed = (names: string[]): string =>
  names.slice(0, MOST_LISTED).join(', ') +
  (names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '');
