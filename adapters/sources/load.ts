import { ENTITY, KEY, TIME } from '../../core/data/data.ts';
import type { ValueType } from '../../core/columns/column.ts';
import { valueTypeOf, type ColumnKindName } from '../../core/columns/index.ts';
import type { Reading } from '../../core/sources/extractor.ts';
import { interruptOn } from '../duckdb/ask.ts';
import { openDuck, type DuckOptions } from '../duckdb/database.ts';
import { tooLittleMemory } from '../duckdb/memory.ts';
import { column as named } from '../duckdb/rows.ts';
import { copySorted, isWide } from '../duckdb/sorted.ts';
import { parquet, text } from '../duckdb/sql.ts';

/** A column of the part by its declared name. */
export interface LoadedColumn {
  name: string;
  kind: ColumnKindName;
  value: ValueType;
  /** SQL that derives it from the time, so the incoming rows lack it. Null: they have it. */
  derived: string | null;
  /** Text that is stored as the place of its class. */
  classes?: readonly string[];
}
export const loadedColumns = ({ columns, classes }: Pick<Reading, 'columns' | 'classes'>): LoadedColumn[] =>
  Object.entries(columns).map(([name, { kind }]) => ({
    name,
    kind,
    value: valueTypeOf({ kind }),
    derived: derivedSql[kind],
    ...(classes && { classes }),
  }));

const derivedSql: Record<ColumnKindName, string | null> = {
  number: null,
  category: null,
  boolean: null,
  hour: `hour(${TIME})::double`,
};
const csvTypes: Record<ValueType, string> = { number: 'DOUBLE', text: 'VARCHAR', boolean: 'BOOLEAN' };
/** How CSV rows write null: without quotes, which any text that looks like it has. */
export const CSV_NULL = '\\N';

export interface Loaded {
  rows: number;
  withoutKey: number;
  /** Rows whose label is none of the declared classes. */
  ofNoClass: number;
}

export interface Loading {
  /** Settles when the rows have ended and the file is written. */
  finished: Promise<Loaded>;
  /** Makes `finished` reject soon. */
  interrupt(): void;
}

/**
 * The rows of our own CSV: key, time and entity, then the columns except derived ones, named c0, c1, ... by position.
 */
export function csvRows(file: string, columns: LoadedColumn[]): string {
  // Positions name the CSV's columns, since a source's column can have any name.
  const typed = columns.flatMap(({ value, derived }, i) => (derived === null ? [`'c${i}': '${csvTypes[value]}'`] : []));
  return `read_csv(${text(file)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
    nullstr = ${text(CSV_NULL)}, allow_quoted_nulls = false,
    columns = {${[`'${KEY}': 'VARCHAR'`, `'${TIME}': 'TIMESTAMP'`, `'${ENTITY}': 'VARCHAR'`, ...typed].join(', ')}})`;
}

/**
 * Starts to write rows, given as SQL with the columns that `csvRows` has, to `file` as Parquet, ordered by time and
 * key.
 */
export async function load(
  rows: string,
  file: string,
  columns: LoadedColumn[],
  options: DuckOptions,
): Promise<Loading> {
  // Each thread holds some thousands of whole rows, for CSV also as text.
  const duck = await openDuck({ ...options, threads: isWide(columns.length) ? 1 : options.threads });
  const connection = await duck.connect();
  const stopping = new AbortController();
  const forget = interruptOn(stopping.signal, connection);
  const selected = columns.map(({ value, derived, classes, name: column }, i) => {
    if (derived !== null) return `${derived} as ${named(column)}`;
    if (classes) return `${placeOf(`c${i}`, classes)} as ${named(column)}`;
    // A model cannot learn from NaN or infinity, and one of them spoils a sum: they count as missing.
    return value === 'number'
      ? `case when isfinite(c${i}) then c${i} end as ${named(column)}`
      : `c${i} as ${named(column)}`;
  });
  const run = async (): Promise<Loaded> => {
    try {
      await connection.run("set timezone = 'UTC'");
      const sorted = {
        select: `select ${[KEY, TIME, ENTITY, ...selected].join(', ')} from ${rows}`,
        columns: [KEY, TIME, ENTITY, ...columns.map(({ name: column }) => named(column))],
        order: `${TIME}, ${KEY}`,
      };
      const copied = await copySorted(connection, sorted, file);
      const label = columns.find(({ classes }) => classes);
      const strange = label ? `count(*) filter (${named(label.name)} < 0)` : '0';
      const read = await connection.runAndReadAll(
        `select count(${KEY})::double, ${strange}::double from ${parquet([file])}`,
      );
      const [keys, ofNoClass] = read.getRowsJS()[0] as [number, number];
      return { rows: copied, withoutKey: copied - keys, ofNoClass };
    } catch (error) {
      throw (await tooLittleMemory(error, connection)) ?? error;
    } finally {
      forget();
      connection.closeSync();
      duck.closeSync();
    }
  };
  return { finished: run(), interrupt: () => stopping.abort() };
}

/** The place of a class; -1 of a text that is none. */
const placeOf = (value: string, classes: readonly string[]): string =>
  `case when ${value} is not null then (coalesce(list_position([${classes.map(text).join(', ')}], ${value}), 0) - 1)::double end`;
