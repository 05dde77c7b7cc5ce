import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { classesInWords } from '../../core/data/labels/label-kinds.ts';
import type { Reading } from '../../core/sources/extractor.ts';
import type { Copying } from './extraction.ts';
import type { LoadedColumn } from './load.ts';

const ADVICE = 'Fix the rows, or read from a place that leaves them out.';

/** The error for rows that DuckDB could not read: it names the column, which DuckDB gives by position, and no value. */
export function unreadableRows(error: unknown, where: string, columns: LoadedColumn[] = []): Error {
  if (error instanceof UserError) return error;
  const said = error instanceof Error ? error.message.trim() : '';
  if (!/^(Conversion|Invalid Input) Error/.test(said))
    return new Error(`Writing the rows of ${where} as Parquet failed: ${messageOf(error)}`, { cause: error });
  const place = /column "c(\d+)"/.exec(said)?.[1];
  const column = place === undefined ? undefined : columns[Number(place)];
  return new UserError(
    'SOURCE_VALUE_INVALID',
    `${where} holds a value that cannot be read as declared${column ? `, in column ${column.name}` : ''}. Fix the ` +
      'value, or read from a place that casts it or leaves it out.',
    { cause: error },
  );
}

/** A row without a key is indistinguishable from others and can get no label. */
export function refuseRowsWithoutKey(
  withoutKey: number,
  { where, key, partition: { from, to } }: { where: string; key: string } & Pick<Copying, 'partition'>,
): void {
  if (withoutKey > 0)
    throw new UserError(
      'SOURCE_VALUE_INVALID',
      `${where} has ${withoutKey} rows without ${key} from ${from} to ${to}, but a key is never null. ${ADVICE}`,
    );
}

/** A label that the declaration does not know would be learnt as nothing. */
export function refuseUnknownClasses(
  ofNoClass: number,
  where: string,
  { columns, classes }: Pick<Reading, 'columns' | 'classes'>,
  { from, to }: Copying['partition'],
): void {
  if (ofNoClass > 0)
    throw new UserError(
      'SOURCE_VALUE_INVALID',
      `Column ${Object.keys(columns)[0]} of ${where} holds a label that is none of the declared classes in ${ofNoClass} ` +
        `${ofNoClass === 1 ? 'row' : 'rows'} from ${from} to ${to}; they are ${classesInWords(classes ?? [])}. Fix the rows, ` +
        'or add the class to the end of label.classes.',
    );
}
