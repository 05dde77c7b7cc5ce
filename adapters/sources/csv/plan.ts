import { ENTITY, KEY, TIME, type Partition } from '../../../core/data/data.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { classesInWords } from '../../../core/data/labels/label-kinds.ts';
import type { Instant } from '../../../core/time/time.ts';
import { moment, parquet, text } from '../../duckdb/sql.ts';
import { isFacts, neededColumns, type ReadingOf } from '../extraction.ts';
import { meant, namesOf } from '../in-words.ts';
import { loadedColumns } from '../load.ts';
import { readHeader } from './header.ts';
import { kindsOf, type Kind } from './kinds.ts';

/** A column of the file, its kind, and how to detect an invalid value. */
export interface Checked {
  column: string;
  field: string;
  kind: Kind;
  declared: string;
  takes: string;
  wrong: string;
}

/** How to read a file for a reading, in SQL. */
export interface Plan {
  /** All that the file's first line names. */
  columns: string[];
  /** All rows of the file as text, its columns named f0, f1, ... by their places. */
  file: string;
  fields: string[];
  /** The rows of a partition, of the file or of a copy of it, with the columns that `load` takes. */
  rows(partition: Partition, copy?: string): string;
  /** What a copy holds: the text that the reading needs, and the time as TIME. */
  copied: { select: string; columns: string[] };
  within(partition: Partition): string;
  before(moment: Instant): string;
  checked: Checked[];
}

/** Checks a reading against its file's first line. Throws SOURCE_FILE_MISSING, SOURCE_COLUMN_MISSING. */
export async function planReading(reading: ReadingOf<'csv'>): Promise<Plan> {
  const { file } = reading.from;
  const { columns, delimiter } = await readHeader(file);
  const place = (column: string): number => columns.indexOf(column);
  const needed = neededColumns(reading);
  const missing = needed.filter((column) => place(column) < 0);
  if (missing.length > 0)
    throw new UserError(
      'SOURCE_COLUMN_MISSING',
      `${file} has no column ${missing.join(', ')}; ${
        // A file without a header begins with a row, which must not be shown.
        missing.length === needed.length
          ? 'its first line names none of those declared. Is it a header?'
          : `its first line names: ${namesOf(columns)}.${meant(missing, columns)}`
      }`,
    );
  const twice = needed.filter((column) => columns.lastIndexOf(column) !== place(column));
  if (twice.length > 0)
    throw new UserError('SOURCE_COLUMN_MISSING', `${file} has more than one column ${twice.join(', ')}. Rename one.`);

  const kinds = kindsOf(reading.from);
  const fields = columns.map((_column, i) => `f${i}`);
  const fieldOf = (column: string): string => fields[place(column)]!;
  const neededFields = needed.map(fieldOf);
  const sqlOf = (column: string, kind: Kind): string => kinds[kind].sql.replaceAll('VALUE', fieldOf(column));
  const number: Kind = isFacts(reading) ? 'label' : 'number';
  const typed = loadedColumns(reading).flatMap(({ name: column, kind, value, derived }, i) => {
    if (derived !== null) return [];
    return [{ column, i, kind: value === 'number' ? number : value, declared: `a column declared as ${kind}` }];
  });
  const values = typed.map(({ column, i, kind }) => `${sqlOf(column, kind)} as c${i}`);
  const checked = [{ column: reading.time, kind: 'time' as const, declared: 'the time' }, ...typed].flatMap(
    ({ column, kind, declared }): Checked[] => {
      const field = fieldOf(column);
      if (kind === 'text' && reading.classes && Object.hasOwn(reading.columns, column)) {
        const wrong = `${field} is not null and ${field} not in (${reading.classes.map(text).join(', ')})`;
        return [
          {
            column,
            field,
            kind,
            declared: 'a label',
            takes: `one of its classes: ${classesInWords(reading.classes)}`,
            wrong,
          },
        ];
      }
      if (kind === 'text') return [];
      const wrong = `${field} is not null and ${tried(sqlOf(column, kind))} is null`;
      return [{ column, field, kind, declared, takes: kinds[kind].takes, wrong }];
    },
  );
  const all = `read_csv(${text(file.replace(/[*?[]/g, '[$&]'))}, auto_detect = false, header = true,
    delim = ${text(delimiter)}, quote = '"', escape = '"',
    nullstr = [${['', ...(reading.from.nullText ?? [])].map(text).join(', ')}],
    columns = {${fields.map((field) => `'${field}': 'VARCHAR'`).join(', ')}})`;
  const within = ({ from, to }: Partition, time: string): string =>
    `${time} >= ${moment(from)} and ${time} < ${moment(to)}`;
  return {
    columns,
    file: all,
    fields,
    checked,
    rows: (partition, copy) => `(
      select ${[
        `${fieldOf(reading.key)} as ${KEY}`,
        `${copy ? TIME : sqlOf(reading.time, 'time')} as ${TIME}`,
        `${reading.entity === null ? 'null::varchar' : fieldOf(reading.entity)} as ${ENTITY}`,
        ...values,
      ].join(', ')}
      from ${copy ? parquet([copy]) : all} where ${within(partition, copy ? TIME : sqlOf(reading.time, 'time'))})`,
    copied: {
      select: `select ${neededFields.join(', ')}, ${sqlOf(reading.time, 'time')} as ${TIME} from ${all}`,
      columns: [...neededFields, TIME],
    },
    within: (partition) => within(partition, tried(sqlOf(reading.time, 'time'))),
    before: (at) => `${tried(sqlOf(reading.time, 'time'))} < ${moment(at)}`,
  };
}

/** The same, and null where it cannot be done. */
const tried = (sql: string): string => `try(${sql})`;
