import { sentColumns, valueTypeOf } from '../../../core/columns/index.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { ignoresExtra, valuePolicyOf } from '../../../core/declaration/values.ts';
import { type Serving } from '../../serving/serving.ts';
import { fieldsOf, takenFieldsOf } from '../../serving/rows/validate-row.ts';
import { LONGEST_SHOWN, RequestProblem } from '../errors.ts';
import { type RowAnswer, type SentRow } from './answers.ts';
import { type Field } from './fields.ts';
import { type TableFormat } from './formats.ts';
import { type TableCell } from './tables/table.ts';
import type { TableCalls } from './tables/thread.ts';
import { type BatchWriter } from './writer.ts';

const MOST_LISTED = 50;

/** Refuses a table that lacks a column which every row needs, or has one that no row may have. */
function checkColumns(columns: readonly string[], serving: Serving): void {
  const { pipeline } = serving.champion;
  const taken = ofAll(serving, takenFieldsOf);
  const sent = sentColumns(pipeline.columns).map(([column]) => column);
  const twice = columns.find((column, i) => columns.indexOf(column) < i);
  if (twice !== undefined) throw problemOf(twice, 'is there twice; send it once');
  const missing = sent.find(
    (column) => valuePolicyOf(pipeline, column).missing === 'reject' && !columns.includes(column),
  );
  if (missing !== undefined) throw problemOf(missing, `is missing; the table has ${listed(columns)}`);
  const extra = ignoresExtra(pipeline) ? undefined : columns.find((column) => !taken.has(column));
  if (extra !== undefined)
    throw problemOf(extra, `is not a field of ${pipeline.name}; fields are: ${listed([...fieldsOf(pipeline)])}`);
}

const problemOf = (column: string, what: string): RequestProblem =>
  new RequestProblem(`The column ${JSON.stringify(column.slice(0, LONGEST_SHOWN))} ${what}.`, column);

const listed = (names: readonly string[]): string =>
  names.slice(0, MOST_LISTED).map((name) => name.slice(0, LONGEST_SHOWN)).join(', ') + // prettier-ignore
  (names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '');

/**
 * Opens a table and reads its first rows, so that the status can say what is wrong with them. Extra columns are not
 * read: what is in them is not used.
 */
export async function openTable(
  { open, next }: TableCalls,
  path: string,
  format: TableFormat,
  serving: Serving,
): Promise<AsyncGenerator<SentRow>> {
  const columns = await open(path, format);
  checkColumns(columns, serving);
  const wanted = ofAll(serving, fieldsOf);
  const read = columns.filter((column) => wanted.has(column));
  const extra = Object.fromEntries(columns.filter((column) => !wanted.has(column)).map((column) => [column, null]));
  const declared = serving.champion.pipeline.columns;
  const series = read.map((column) => ({
    column,
    isNumber: Object.hasOwn(declared, column) && valueTypeOf(declared[column]!) === 'number',
  }));
  const first = await next(read);

  async function* rows(): AsyncGenerator<SentRow> {
    let at = 0;
    for (let chunk = first; chunk !== null; chunk = await next(read))
      for (let i = 0; i < chunk.rows; i++) {
        const row: Record<string, unknown> = { ...extra };
        for (const { column, isNumber } of series) row[column] = valueOf(chunk.columns[column]![i]!, isNumber);
        yield { at: ++at, row };
      }
  }
  return rows();
}

/** The fields of any version that meets the rows. */
const ofAll = ({ arms, shadow, fallback }: Serving, fieldsOf: (pipeline: Pipeline) => Set<string>): Set<string> =>
  new Set([...arms, shadow, fallback].flatMap((version) => (version ? [...fieldsOf(version.pipeline)] : [])));

/** A key beyond 2^53 stays exact as text. */
const valueOf = (cell: TableCell, isNumber: boolean): unknown =>
  typeof cell !== 'bigint' ? cell : isNumber || Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell);

/** Writes answers as the columns of a table. */
export const tableWriter = (
  { begin, write, end }: TableCalls,
  format: TableFormat,
  fields: readonly Field[],
): BatchWriter => ({
  async begin() {
    await begin(format, fields.map(({ name, type }) => ({ name, type }))); // prettier-ignore
    return '';
  },
  write: (answers: readonly RowAnswer[]) => write(fields.map(({ cellOf }) => answers.map(cellOf))),
  end,
});
