import { type Cell, type CellType } from '../fields.ts';
import {
  CHUNK,
  cellOf,
  checkRows,
  MOST_BYTES_AT_ONCE,
  TableProblem,
  type TableField,
  type TableReader,
  type TableWriter,
} from './table.ts';
import { decompress as unzstd } from 'fzstd';
import {
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  snappyUncompress,
  type Compressors,
  type FileMetaData,
  type SchemaElement,
} from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { type FileHandle } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** Answers in one row group of what is written. */
const ROWS_IN_GROUP = 20_000;

export async function readParquet(file: FileHandle): Promise<TableReader> {
  const { size } = await file.stat();
  const bytes = {
    byteLength: size,
    async slice(start: number, end = size): Promise<ArrayBuffer> {
      if (!(start >= 0 && start <= end && end <= size))
        throw new TableProblem(`It points to bytes ${start} to ${end}, of ${size}.`);
      const { buffer } = await file.read(new Uint8Array(end - start), 0, end - start, start);
      return buffer.buffer;
    },
  };
  const metadata = await parquetMetadataAsync(bytes);
  const { children } = parquetSchema(metadata);
  const groups = metadata.row_groups.map(({ num_rows }) => Number(num_rows));
  checkRows(groups.reduce((sum, rows) => sum + rows, 0), Math.max(0, ...groups), 'row group'); // prettier-ignore

  return {
    columns: children.map(({ element }) => element.name),
    async *chunks(columns) {
      if (columns.length === 0) return;
      const nested = children.find(({ element, children }) => columns.includes(element.name) && children.length > 0);
      if (nested) cellOf([], nested.element.name);
      let start = 0;
      for (const [i, rows] of groups.entries()) {
        checkSize(metadata, i, columns);
        yield* chunksOf(await groupOf(bytes, metadata, columns, start, rows), rows);
        start += rows;
      }
    },
  };
}

type Columns = Map<string, ArrayLike<unknown>[]>;

async function groupOf(
  file: { byteLength: number; slice(start: number, end?: number): Promise<ArrayBuffer> },
  metadata: FileMetaData,
  columns: readonly string[],
  rowStart: number,
  rows: number,
): Promise<Columns> {
  const found: Columns = new Map(columns.map((column) => [column, []]));
  await parquetRead({
    file,
    metadata,
    columns: [...columns],
    rowStart,
    rowEnd: rowStart + rows,
    compressors: boundedCompressors(),
    onChunk: ({ columnName, columnData }) => void found.get(columnName)?.push(columnData as ArrayLike<unknown>),
  });
  return found;
}

function* chunksOf(columns: Columns, rows: number) {
  const cells = [...columns].map(([column, pieces]) => ({ column, next: cellsOf(column, pieces) }));
  for (let from = 0; from < rows; from += CHUNK) {
    const count = Math.min(CHUNK, rows - from);
    const taken = cells.map(({ column, next }) => [column, Array.from({ length: count }, () => next())] as const);
    yield { rows: count, columns: Object.fromEntries(taken) };
  }
}

/** The cells of a column, one after the other. */
function cellsOf(column: string, pieces: readonly ArrayLike<unknown>[]) {
  let [piece, at] = [0, 0];
  return () => {
    while (piece < pieces.length && at === pieces[piece]!.length) [piece, at] = [piece + 1, 0];
    if (piece === pieces.length) throw new TableProblem(`The column "${column}" has fewer rows than the file says.`);
    return cellOf(pieces[piece]![at++], column);
  };
}

/** What a row group says of itself; what it does not say, the decompressors find. */
function checkSize({ row_groups }: FileMetaData, group: number, columns: readonly string[]): void {
  const bytes = row_groups[group]!.columns.filter(({ meta_data }) => columns.includes(meta_data!.path_in_schema[0]!))
    .reduce((sum, { meta_data }) => sum + Number(meta_data!.total_uncompressed_size), 0); // prettier-ignore
  if (bytes > MOST_BYTES_AT_ONCE) throw tooManyBytes();
}

const tooManyBytes = (): TableProblem =>
  new TableProblem(
    `A row group of the file is larger than ${MOST_BYTES_AT_ONCE} bytes when unpacked. Write it with fewer rows in each.`,
    true,
  );

/** Decompressors for one row group, which stop when it grows too large, whatever the file says of its pages. */
function boundedCompressors(): Compressors {
  let left = MOST_BYTES_AT_ONCE;
  const bounded =
    (unpack: (bytes: Uint8Array, maxOutputLength: number) => Uint8Array) =>
    (bytes: Uint8Array, length: number): Uint8Array => {
      if ((left -= length) < 0) throw tooManyBytes();
      return unpack(bytes, length);
    };
  return {
    SNAPPY: bounded((bytes, length) => {
      const unpacked = new Uint8Array(length);
      snappyUncompress(bytes, unpacked);
      return unpacked;
    }),
    GZIP: bounded((bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength })),
    BROTLI: bounded((bytes, maxOutputLength) => brotliDecompressSync(bytes, { maxOutputLength })),
    ZSTD: bounded((bytes, length) => unzstd(bytes, new Uint8Array(length))),
  };
}

const elements: Record<CellType, Partial<SchemaElement>> = {
  whole: { type: 'INT32' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
};

export function writeParquet(fields: readonly TableField[]): TableWriter {
  const bytes = new ByteWriter();
  const schema: SchemaElement[] = [
    { name: 'root', num_children: fields.length },
    ...fields.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...elements[type] })),
  ];
  const file = new ParquetWriter({ writer: bytes, schema, createdBy: 'perennial' });
  let waiting: Cell[][] = fields.map(() => []);

  const taken = (): Uint8Array => {
    const ready = new Uint8Array(bytes.getBuffer());
    bytes.index = 0;
    return ready;
  };
  const writeGroup = async (): Promise<void> => {
    if (waiting[0]!.length === 0) return;
    const columnData = fields.map(({ name }, i) => ({ name, data: waiting[i]! }));
    await file.write({ columnData, rowGroupSize: ROWS_IN_GROUP });
    waiting = fields.map(() => []);
  };
  return {
    async write(columns) {
      for (const [i, cells] of columns.entries()) waiting[i]!.push(...cells);
      if (waiting[0]!.length >= ROWS_IN_GROUP) await writeGroup();
      return taken();
    },
    async end() {
      await writeGroup();
      await file.finish();
      return taken();
    },
  };
}
