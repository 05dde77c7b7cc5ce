import type { ValueType } from '../../../core/columns/column.ts';
import { text } from '../../duckdb/sql.ts';
import type { ReadingOf } from '../extraction.ts';

export type Kind = ValueType | 'time' | 'label';

/** How text becomes a value, VALUE being the text, and which text is valid. */
type Kinds = Record<Kind, { sql: string; takes: string }>;

// DuckDB requires seconds before a zone.
const withSeconds = String.raw`regexp_replace(VALUE, '([T ]\d\d:\d\d)(Z|[+-]\d\d(:?\d\d)?)$', '\1:00\2')`;
/** Points only between thousands: elsewhere, as in 0.500, one is a sign that the file has decimal points after all. */
const grouped = String.raw`regexp_full_match(trim(VALUE), '[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?')`;
const withPoint = `replace(replace(VALUE, '.', case when ${grouped} then '' else 'x' end), ',', '.')`;

/** How a file's text is read, by what its declaration says of decimals and times. */
export function kindsOf({ decimal, timeFormat }: ReadingOf<'csv'>['from']): Kinds {
  const number = decimal === ',' ? `${withPoint}::double` : 'VALUE::double';
  const words = `case when lower(trim(VALUE)) in ('true', 't', 'yes', 'y', 'on') then 1::double
  when lower(trim(VALUE)) in ('false', 'f', 'no', 'n', 'off') then 0::double else ${number} end`;
  return {
    // A time without a zone is in UTC, as the connection is.
    time:
      timeFormat === undefined
        ? {
            sql: `(${withSeconds}::timestamptz) at time zone 'UTC'`,
            takes: 'a time like 2026-01-31T12:00:00Z or 2026-01-31 12:00',
          }
        : { sql: `strptime(VALUE, ${text(timeFormat)})`, takes: `a time like ${timeFormat}` },
    number: { sql: number, takes: `a number with a decimal ${decimal === ',' ? 'comma' : 'point'}, or nothing` },
    label: { sql: words, takes: 'a number, true, false, or nothing' },
    boolean: { sql: 'VALUE::boolean', takes: 'true, false, or nothing' },
    text: { sql: 'VALUE', takes: 'text' },
  };
}

const TIME = /^\d{1,2}([./-])\d{1,2}\1(\d{4}|\d\d)([T ]\d{1,2}:\d\d(:\d\d)?)?$/;

/** What to declare so that a value can be read, by its shape alone; null where that says nothing. */
export function remedyFor(value: string, kind: string): string | null {
  if (/^(n\/?a|#n\/a|null|none|nil|nan|-+|\?)$/i.test(value.trim()))
    return 'declare in the nullText of the file what stands for no value';
  const [, mark, year, ofDay, seconds] = TIME.exec(value.trim()) ?? [];
  if (kind === 'time')
    return mark === undefined
      ? "declare the file's timeFormat"
      : `declare the file's timeFormat, like '%d${mark}%m${mark}${year!.length === 4 ? '%Y' : '%y'}${ofDay ? `${ofDay[0]}%H:%M${seconds ? ':%S' : ''}` : ''}' if the day comes first`;
  // 1,234 is a little more than one to some, and more than a thousand to others.
  if (/^[+-]?[1-9]\d{0,2},\d{3}$/.test(value.trim()))
    return "declare decimal: ',' of the file, but only if it has a comma before decimals; between thousands it has to be left out";
  return /^[+-]?[\d.]*,\d+$/.test(value.trim()) ? "declare decimal: ',' of the file" : null;
}
