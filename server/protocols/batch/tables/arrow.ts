import { type Cell, type CellType } from '../fields.ts';
import { type TableFormat } from '../formats.ts';
import {
  CHUNK,
  cellOf,
  checkRows,
  MOST_BYTES_AT_ONCE,
  TableProblem,
  type TableCell,
  type TableField,
  type TableReader,
  type TableWriter,
} from './table.ts';
import {
  Bool,
  DataType,
  Field,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
  type Vector,
} from 'apache-arrow';
import { type FileHandle } from 'node:fs/promises';

/** Reads a stream or a file of record batches: which one it is, it says itself. */
export async function readArrow(file: FileHandle): Promise<TableReader> {
  const { size } = await file.stat();
  const reader = await (await RecordBatchReader.from(file)).open({ autoDestroy: false });
  if (!reader.schema) throw new TableProblem('It has no schema.');
  return {
    columns: reader.schema.fields.map(({ name }) => name),
    async *chunks(columns) {
      let total = 0;
      for await (const batch of reader) {
        checkRows((total += batch.numRows), batch.numRows, 'record batch');
        if (size > MOST_BYTES_AT_ONCE && batch.data.byteLength > MOST_BYTES_AT_ONCE)
          throw new TableProblem(
            `A record batch of the file is larger than ${MOST_BYTES_AT_ONCE} bytes. Write it with fewer rows in each.`,
            true,
          );
        yield* chunksOf(batch, columns);
      }
    },
  };
}

function* chunksOf(batch: RecordBatch, columns: readonly string[]) {
  const readers = columns.map((column) => ({ column, cellAt: cellsOf(batch.getChild(column)!, column) }));
  for (let from = 0; from < batch.numRows; from += CHUNK) {
    const count = Math.min(CHUNK, batch.numRows - from);
    const taken = readers.map(
      ({ column, cellAt }) => [column, Array.from({ length: count }, (_, i) => cellAt(from + i))] as const,
    );
    yield { rows: count, columns: Object.fromEntries(taken) };
  }
}

/** A column's cells; its times come as milliseconds, and its decimals as pieces of them. */
function cellsOf(vector: Vector, column: string): (row: number) => TableCell {
  const type: DataType = vector.type;
  if (DataType.isTimestamp(type) || DataType.isDate(type))
    return (row) => {
      const time = vector.get(row) as number | null;
      return time === null ? null : cellOf(new Date(Number(time)), column);
    };
  if (DataType.isTime(type) || DataType.isDuration(type)) return () => cellOf([], column);
  return (row) => cellOf(vector.get(row), column);
}

const types: Record<CellType, () => DataType> = {
  whole: () => new Int32(),
  number: () => new Float64(),
  boolean: () => new Bool(),
  text: () => new Utf8(),
};

export function writeArrow(format: Exclude<TableFormat, 'parquet'>, fields: readonly TableField[]): TableWriter {
  const schema = new Schema(fields.map(({ name, type }) => new Field(name, types[type](), true)));
  const writer = format === 'arrow file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
  const ready: Uint8Array[] = [];
  const pumped = (async () => {
    for await (const bytes of writer) ready.push(bytes);
  })();
  writer.reset(undefined, schema);

  const taken = (): Uint8Array => new Uint8Array(Buffer.concat(ready.splice(0)));
  return {
    async write(columns) {
      writer.write(batchOf(schema, columns));
      return taken();
    },
    async end() {
      writer.finish();
      await pumped;
      return taken();
    },
  };
}

function batchOf(schema: Schema, columns: readonly Cell[][]): RecordBatch {
  const children = schema.fields.map(({ type }, i) => vectorFromArray(columns[i]!, type).data[0]!);
  const length = columns[0]!.length;
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
}
