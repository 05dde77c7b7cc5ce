import { ENTITY, KEY, TIME, type Partition } from '../../../core/data/data.ts';
import { UserError } from '../../../core/base/errors.ts';
import { isFacts, neededColumns, type ReadingOf } from '../extraction.ts';
import { columnsOf, quoted, quotedTable, type SourceColumn } from './table.ts';
import type { Source } from './source.ts';

/** What to ask Postgres for. */
export interface Plan {
  select(partition: Partition): string;
}

const wholeNumbers = ['int2', 'int4', 'int8'];
const texts = ['text', 'varchar', 'bpchar', 'name', 'citext', 'uuid', 'enum'];
/** For each kind of column the types that it takes, and how to write them to people. */
const fits = {
  number: {
    types: [...wholeNumbers, 'numeric', 'float4', 'float8', 'bool'],
    written: 'smallint, integer, bigint, numeric, real, double precision or boolean',
  },
  category: {
    types: [...texts, ...wholeNumbers, 'numeric', 'bool'],
    written: 'text, varchar, char, uuid, an enum, smallint, integer, bigint, numeric or boolean',
  },
  boolean: { types: ['bool'], written: 'boolean' },
  time: { types: ['timestamp', 'timestamptz', 'date'], written: 'timestamp, timestamptz or date' },
  label: {
    types: [...wholeNumbers, 'numeric', 'float4', 'float8', 'bool', 'text', 'varchar', 'bpchar', 'citext', 'enum'],
    written: 'boolean, smallint, integer, bigint, numeric, real, double precision, text, varchar, char or an enum',
  },
} as const;
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
      `${source.where} has no column ${missing.join(', ')}; its columns are: ${[...found.keys()].join(', ')}.`,
    );

  const typeOf = (column: string, kind: Kind): string => fittingType(found.get(column)!, kind, source);
  const timeType = typeOf(time, 'time');
  const number: Kind = isFacts(reading) ? 'label' : 'number';
  const columns = Object.entries(reading.columns).flatMap(([column, { kind }]) => {
    switch (kind) {
      case 'hour':
        return [];
      case 'number':
        return [numberSql(quoted(column), typeOf(column, number))];
      case 'category':
      case 'boolean':
        typeOf(column, kind);
        return [kind === 'category' ? `${quoted(column)}::text` : quoted(column)];
    }
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
    select: ({ from, to }) =>
      `select ${selected.join(', ')} from ${quotedTable(table)}
       where ${quoted(time)} >= ${at(from)} and ${quoted(time)} < ${at(to)}`,
  };
}

function fittingType({ name, written, type }: SourceColumn, kind: Kind, { where }: Source): string {
  const { types, written: allowed } = fits[kind];
  if ((types as readonly string[]).includes(type)) return type;
  const declared = kind === 'time' || kind === 'label' ? `a ${kind} column` : `a column declared as ${kind}`;
  throw new UserError(
    'SOURCE_COLUMN_TYPE',
    `Column ${name} of ${where} is of type ${written}, and ${declared} takes ${allowed}. Declare it otherwise, or cast ` +
      'it in a view and read from that.',
  );
}

function numberSql(column: string, type: string): string {
  if (type === 'bool') return `${column}::int::float8`;
  if (!texts.includes(type)) return `${column}::float8`;
  return `case when lower(trim(${column}::text)) in ('true', 't', 'yes', 'y', 'on') then 1
    when lower(trim(${column}::text)) in ('false', 'f', 'no', 'n', 'off') then 0
    else ${column}::text::float8 end`;
}
