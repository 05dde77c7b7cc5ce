import { type Row, type Value } from '../../../core/data/data.ts';
import { kindOf } from '../../../core/base/errors/kind-of.ts';
import { derivationOf, readColumns, sentColumns } from '../../../core/columns/index.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { isSensitive } from '../../../core/declaration/redaction/redaction.ts';
import { ignoresExtra, type ValueProblem } from '../../../core/declaration/values.ts';
import { type Encoding } from '../../../core/model/artifact.ts';
import { DAY, parseMoment } from '../../../core/time/time.ts';
import { LONGEST_SHOWN, RequestProblem, RowProblem } from '../../protocols/errors.ts';
import { checkOf, show, textFault, type ColumnCheck, type Fault } from './check-value.ts';

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
  /** What was wrong, and is scored all the same as the declaration says; absent: nothing. */
  repair?: Repair;
}

export interface Warning {
  field: string;
  problem: ValueProblem;
  message: string;
}

export interface Repair {
  warnings: Warning[];
  /** The row as it came, for the log: what is imputed must hide neither nulls nor drift. */
  sent: Row;
  /** By column, what was scored in place of what came. */
  imputed: Row;
}

/** Checks one row of a request; `at` is its index among many, null for a single row. */
export type RowValidator = (input: unknown, now: number, at: number | null) => ValidRow;

/** The fields that a row is to have. */
export function fieldsOf({ source, columns }: Pipeline): Set<string> {
  const sent = sentColumns(columns).map(([column]) => column);
  return new Set([...sent, source.key, source.time, ...(source.entity === undefined ? [] : [source.entity])]);
}

/** The fields that a row may have: what is no feature is ignored, since applications may still send it. */
export const takenFieldsOf = (pipeline: Pipeline): Set<string> =>
  new Set([...fieldsOf(pipeline), ...readColumns(pipeline.columns).map(([column]) => column)]);

/**
 * Compiles a declaration into the check for every prediction of that revision. It ignores fields that are `taken` but
 * not its own: another version reads them. What is imputed comes from the encodings of the version that scores.
 */
export function compileValidator(
  pipeline: Pipeline,
  encodings: readonly Encoding[],
  taken: ReadonlySet<string> = takenFieldsOf(pipeline),
): RowValidator {
  const { name, source, columns } = pipeline;
  const sent = sentColumns(columns).map(([column]) => column);
  const checks = sent.map((column) => checkOf(pipeline, column, encodings));
  const derived = Object.entries(columns).flatMap(([column, declared]) => {
    const derive = derivationOf(declared);
    return derive === null ? [] : [{ column, derive }];
  });
  const hidden = { key: isSensitive(pipeline, source.key), entity: isSensitive(pipeline, source.entity ?? '') };
  const entityIsFeature = source.entity !== undefined && sent.includes(source.entity);

  return (input, now, at) => {
    if (typeof input !== 'object' || input === null || Array.isArray(input))
      throw new RequestProblem(`${place(at, null)} is ${show(input)}; send a JSON object of fields.`, null, at ?? 0);
    const fields = input as Record<string, unknown>;
    const row: Row = {};
    let known = 0;
    let repair: Repair | undefined;
    for (const check of checks) {
      const value = own(fields, check.column);
      if (value !== undefined) known++;
      const fault = check.faultOf(value);
      row[check.column] = fault === null ? ((value ?? null) as Value) : check.usual.value;
      if (fault !== null) noteFault((repair ??= emptyRepair()), check, fault, value, at);
    }

    const sentKey = own(fields, source.key);
    const sentTime = own(fields, source.time);
    const sentEntity = source.entity === undefined ? undefined : own(fields, source.entity);
    if (sentKey !== undefined) known++;
    if (sentTime !== undefined) known++;
    if (sentEntity !== undefined && !entityIsFeature) known++;
    for (const _field in fields) {
      if (known-- > 0) continue;
      const unknown = Object.keys(fields).filter((sent) => !taken.has(sent));
      if (unknown.length > 0) noteExtra((repair ??= emptyRepair()), unknown, at);
      break;
    }

    const time = sentTime === undefined || sentTime === null ? now : checkTime(sentTime, source.time, at, now);
    for (const { column, derive } of derived) row[column] = derive(time);
    const valid: ValidRow = {
      row,
      key: sentKey === undefined || sentKey === null ? null : checkName(sentKey, source.key, at, hidden.key),
      entity:
        sentEntity === undefined || sentEntity === null
          ? null
          : checkName(sentEntity, source.entity ?? '', at, hidden.entity),
      time,
    };
    if (repair) valid.repair = { ...repair, sent: { ...row, ...repair.sent } };
    return valid;
  };

  function noteExtra({ warnings }: Repair, extra: string[], at: number | null): void {
    const field = extra[0]!;
    const isDerived = derived.some(({ column }) => column === field);
    const what = isDerived ? `is derived from ${source.time}` : `is not a field of ${name}`;
    if (ignoresExtra(pipeline)) {
      const many = `and ${extra.length - 1} more are not fields of ${name}`;
      const message = `${show(field)} ${extra.length > 1 ? many : what}; ignored.`;
      return void warnings.push({ field: cut(field), problem: 'extra', message });
    }
    const hint = isDerived ? 'leave it out' : `fields are: ${listed([...fieldsOf(pipeline)])}`;
    throw new RowProblem(`${place(at, field)} ${what}; ${hint}.`, field, at ?? 0, { problem: 'extra', field: null });
  }
}

const emptyRepair = (): Repair => ({ warnings: [], sent: {}, imputed: {} });

/** Refuses a value, or takes what is usual in its place, as the declaration says. */
function noteFault(
  { warnings, sent, imputed }: Repair,
  { column, policy, usual }: ColumnCheck,
  { problem, what, hint }: Fault,
  value: unknown,
  at: number | null,
): void {
  if (policy[problem] === 'reject')
    throw new RowProblem(`${place(at, column)} ${what}; ${hint}.`, column, at ?? 0, { problem, field: column });
  warnings.push({ field: column, problem, message: `${show(column)} ${what}; scored as ${usual.shown}.` });
  imputed[column] = usual.value;
  // A value of another type has no place among the column's values: it is logged as none.
  sent[column] = problem === 'outOfRange' || problem === 'unseen' ? (value as Value) : null;
}

/** A field the client sent, not one that every object inherits (a column can be named "constructor"). */
function own(fields: Record<string, unknown>, name: string): unknown {
  const value = fields[name];
  return typeof value === 'function' ? undefined : value;
}

/** A key or an entity: text, or a number that JSON carries without loss. */
function checkName(value: unknown, field: string, at: number | null, isHidden: boolean): string {
  if (typeof value === 'string' && value !== '') {
    const fault = textFault(value);
    if (fault) throw invalid(`${place(at, field)} ${fault.what}; ${fault.hint}.`, field, at);
    return value;
  }
  if (Number.isSafeInteger(value)) return String(value);
  const hint = typeof value === 'number' ? ' (a number beyond 2^53 loses digits in JSON: send it as text)' : '';
  throw invalid(
    `${place(at, field)} is ${isHidden ? kindOf(value) : show(value)}; send text or a whole number${hint}.`,
    field,
    at,
  );
}

const invalid = (message: string, field: string, at: number | null): RowProblem =>
  new RowProblem(message, field, at ?? 0, { problem: 'invalid', field });

/** A time without a zone means UTC, as it does in the source. */
function checkTime(value: unknown, field: string, at: number | null, now: number): number {
  const time = typeof value === 'string' ? parseMoment(value) : null;
  if (time !== null && (time - now > FARTHEST.ahead || now - time > FARTHEST.back))
    throw invalid(
      `${place(at, field)} is ${show(value)}, which is over a year ahead or ten years back; send the event's time.`,
      field,
      at,
    );
  if (time !== null) return time;
  const hint = 'send a time like "2026-01-03T10:30:00Z"';
  throw invalid(`${place(at, field)} is ${show(value)}; ${hint}.`, field, at);
}

function place(at: number | null, field: string | null): string {
  const name = field === null ? '' : show(field);
  return at === null ? name || 'The row' : `rows[${at}]${name && `.${name}`}`;
}

/** A field's name can be as long as the body. */
const cut = (field: string): string => field.slice(0, LONGEST_SHOWN);

const listed = (names: string[]): string =>
  names.slice(0, MOST_LISTED).join(', ') +
  (names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '');
