import type { ValueType } from '../../../core/columns/column.ts';
import { readColumns, valueTypeOf } from '../../../core/columns/index.ts';
import type { Partition } from '../../../core/data/data.ts';
import { UserError, type ErrorCode } from '../../../core/base/errors/errors.ts';
import { kindOf } from '../../../core/base/errors/kind-of.ts';
import { own } from '../../../core/base/own.ts';
import type { Reading } from '../../../core/sources/extractor.ts';
import { parseMoment } from '../../../core/time/time.ts';
import { isFacts } from '../extraction.ts';
import { CSV_NULL } from '../load.ts';

export type JsonRow = Record<string, unknown>;

/** The time of a row in milliseconds, and its line in the CSV that DuckDB reads. */
export interface Line {
  time: number;
  line: string;
}

interface Cell {
  /** What the field can hold, to end a sentence that begins "which takes". */
  takes: string;
  /** null: it holds something else. */
  write(value: unknown): string | null;
}

const quote = (text: string): string => `"${text.replaceAll('"', '""').replaceAll('\0', '\ufffd')}"`;
const exact = (value: unknown): value is number | string =>
  typeof value === 'string' || (typeof value === 'number' && (!Number.isInteger(value) || Number.isSafeInteger(value)));

const words: Record<string, number> = { true: 1, t: 1, yes: 1, y: 1, on: 1, false: 0, f: 0, no: 0, n: 0, off: 0 };
function labelOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = words[value.trim().toLowerCase()] ?? Number(value);
  return Number.isNaN(number) ? null : number;
}

const cells = {
  // A whole number past 2^53 was rounded in parsing: two keys may have become one.
  key: {
    takes: 'text, or a whole number of at most 2^53',
    write: (value) => (exact(value) ? quote(String(value)) : null),
  },
  entity: {
    takes: 'text or a number',
    write: (value) => (exact(value) || typeof value === 'boolean' ? quote(String(value)) : null),
  },
  label: {
    takes: 'a number, true or false',
    write: (value) => labelOf(value)?.toString() ?? null,
  },
  number: {
    takes: 'a number',
    write: (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(Number(value)) : null),
  },
  text: {
    takes: 'text, a number or a boolean',
    write: (value) => (exact(value) || typeof value === 'boolean' ? quote(String(value)) : null),
  },
  boolean: { takes: 'true or false', write: (value) => (typeof value === 'boolean' ? String(value) : null) },
} satisfies Record<ValueType | 'key' | 'entity' | 'label', Cell>;

const written = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/i;
const TIME_TAKES = 'a time like "2026-01-31T12:00:00Z", with its zone, or the milliseconds since 1970 as a number';

/** Milliseconds since 1970; null when the value is not a time, or has no zone. */
export function timeOf(value: unknown): number | null {
  const time =
    typeof value === 'number'
      ? Math.floor(value)
      : typeof value === 'string' && written.test(value)
        ? parseMoment(value)
        : null;
  return time === null || Number.isNaN(time) || Math.abs(time) > 8.64e15 ? null : time;
}

/**
 * Makes CSV lines of a page's rows, given their places in it; throws the given code for a value that does not fit its
 * declaration.
 */
export function lineMaker(reading: Reading, where: string, code: ErrorCode): (row: JsonRow, place: number) => Line {
  const number = isFacts(reading) ? 'label' : 'number';
  const columns = readColumns(reading.columns).map(([column, declared]) => {
    const value = valueTypeOf(declared);
    return { column, kind: declared.kind, cell: cells[value === 'number' ? number : value] };
  });
  return (row, place) => {
    const refuse = (column: string, declared: string, takes: string): never => {
      throw new UserError(
        code,
        `Field ${column} of row ${place + 1} of a page of ${where} holds ${kindOf(own(row, column))}, but ${declared} takes ` +
          `${takes}. Declare it as another kind, or make the API send what fits.`,
      );
    };
    const key = cells.key.write(own(row, reading.key)) ?? refuse(reading.key, 'the key', cells.key.takes);
    const time = timeOf(own(row, reading.time)) ?? refuse(reading.time, 'the time', TIME_TAKES);
    const entity = reading.entity === null ? null : own(row, reading.entity);
    const parts = [
      key,
      new Date(time).toISOString().slice(0, -1),
      entity == null
        ? CSV_NULL
        : (cells.entity.write(entity) ?? refuse(reading.entity!, 'the entity', cells.entity.takes)),
    ];
    for (const { column, kind, cell } of columns) {
      const value = own(row, column);
      parts.push(
        value == null ? CSV_NULL : (cell.write(value) ?? refuse(column, `a column declared as ${kind}`, cell.takes)),
      );
    }
    return { time, line: `${parts.join(',')}\n` };
  };
}

/** Rows from before `from`, or of `to` and after it, belong to other partitions. */
export const isWithin = ({ from, to }: Partition) => {
  const [first, end] = [Date.parse(from), Date.parse(to)];
  return ({ time }: Line): boolean => time >= first && time < end;
};
