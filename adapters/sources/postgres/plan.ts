import { meant } from '../in-words.ts';
import type { ValueType } from '../../../core/columns/column.ts';
import { readColumns, valueTypeOf } from '../../../core/columns/index.ts';
import { ENTITY, KEY, TIME, type Partition } from '../../../core/data/data.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import type { Instant } from '../../../core/time/time.ts';
import { isFacts, neededColumns, type ReadingOf } from '../extraction.ts';
import { columnsOf, quoted, quotedTable, type SourceColumn } from './table.ts';
import type { Source } from './source.ts';

/** What to ask Postgres for. */
export interface Plan {
  /** All that the table has. */
  columns: string[];
  select(partition: Partition): string;
  /** Whether a row is older. */
  before(moment: Instant): string;
}

const wholeNumbers = ['int2', 'int4', 'int8'];
const texts = ['text', 'varchar', 'bpchar', 'name', 'citext', 'uuid', 'enum'];
/** For each type of value the types that it takes, and how to write them to people. */
const fits = {
  number: {
    types: [...wholeNumbers, 'numeric', 'float4', 'float8', 'bool'],
    written: 'smallint, integer, bigint, numeric, real, double precision or boolean',
  },
  text: {
    types: [...texts, ...wholeNumbers, 'numeric', 'bool'],
    written: 'text, varchar, char, uuid, an enum, smallint, integer, bigint, numeric or boolean',
  },
  boolean: { types: ['bool'], written: 'boolean' },
  time: { types: ['timestamp', 'timestamptz', 'date'], written: 'timestamp, timestamptz or date' },
  label: {
    types: [...wholeNumbers, 'numeric', 'float4', 'float8', 'bool', 'text', 'varchar', 'bpchar', 'citext', 'enum'],
    written: 'boolean, smallint, integer, bigint, numeric, real, double precision, text, varchar, char or an enum',
  },
} as const satisfies Record<ValueType | 'time' | 'label', { types: readonly string[]; written: string }>;
type Kind = keyof typeof fits;

/** Holds a reading against its table. Throws SOURCE_TABLE_MISSING, SOURCE_COLUMN_MISSING, SOURCE_COLUMN_TYPE. */
export async function planReading(source: Source, reading: ReadingOf<'postgres'>): Promise<Plan> {
  const {
    key,
    time,
    entity,
    from: { table },
  } = reading;
  const found = await columnsOf(source, reading);
  const missing = neededColumns(reading).filter((column) => !found.has(column));
  if (missing.length > 0)
    throw new UserError(
      'SOURCE_COLUMN_MISSING',
      `${source.where} has no column ${missing.join(', ')}; its columns are: ${[...found.keys()].join(', ')}.${meant(missing, [...found.keys()])}`,
    );

  const typeOf = (column: string, kind: Kind, declared: string): string =>
    fittingType(found.get(column)!, kind, declared, source);
  const timeType = typeOf(time, 'time', 'a time column');
  const columns = readColumns(reading.columns).map(([column, declared]) => {
    const value = valueTypeOf(declared);
    const facts = value === 'number' && isFacts(reading);
    const type = facts
      ? typeOf(column, 'label', 'a label column')
      : typeOf(column, value, `a column declared as ${declared.kind}`);
    return selectedAs[value](quoted(column), type);
  });

  const selected = [
    `${quoted(key)}::text as ${KEY}`,
    `${quoted(time)}${timeType === 'timestamptz' ? " at time zone 'UTC'" : '::timestamp'} as ${TIME}`,
    `${entity === null ? 'null' : quoted(entity)}::text as ${ENTITY}`,
    ...columns,
  ];
  // Compared in the column's own type, so that an index on it is used.
  const at = (moment: string): string =>
    timeType === 'timestamptz'
      ? `timestamptz '${new Date(moment).toISOString()}'`
      : `timestamp '${new Date(moment).toISOString().slice(0, -1)}'`;
  return {
    columns: [...found.keys()],
    select: ({ from, to }) =>
      `select ${selected.join(', ')} from ${quotedTable(table)}
       where ${quoted(time)} >= ${at(from)} and ${quoted(time)} < ${at(to)}`,
    before: (moment) => `${quoted(time)} < ${at(moment)}`,
  };
}

function fittingType({ name, written, type }: SourceColumn, kind: Kind, declared: string, { where }: Source): string {
  const { types, written: allowed } = fits[kind];
  if ((types as readonly string[]).includes(type)) return type;
  throw new UserError(
    'SOURCE_COLUMN_TYPE',
    `Column ${name} of ${where} is of type ${written}, but ${declared} takes ${allowed}. Declare it as another kind, or ` +
      'read from a view that casts it.',
  );
}

const selectedAs: Record<ValueType, (column: string, type: string) => string> = {
  number: numberSql,
  text: (column) => `${column}::text`,
  boolean: (column) => column,
};

function numberSql(column: string, type: string): string {
  if (type === 'bool') return `${column}::int::float8`;
  if (!texts.includes(type)) return `${column}::float8`;
  return `case when lower(trim(${column}::text)) in ('true', 't', 'yes', 'y', 'on') then 1
    when lower(trim(${column}::text)) in ('false', 'f', 'no', 'n', 'off') then 0
    else ${column}::text::float8 end`;
}
