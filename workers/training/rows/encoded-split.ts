import { layoutOf, pack, recordsIn, type RecordLayout, type Records } from './records.ts';
import { encodedChunks, type SplitReader } from '../reading.ts';
import { type Encoding, type Target } from '../../../core/model/artifact.ts';
import { createEncoder, rowsAtOnce } from '../../../core/model/preprocessing.ts';
import { type SplitName } from '../../../core/training/training.ts';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** A split's rows as records in a file, so that only the first pass pays for reading and encoding them. */
export interface EncodedSplit {
  layout: RecordLayout;
  rows: number;
  /** Reads records from the `first` on into the places from `place` on. */
  read(first: number, rows: number, into: Records, place: number): Promise<void>;
  /** Closes the file and removes it. */
  close(): Promise<void>;
}

export async function encodeSplit(
  folder: string,
  split: SplitName,
  reader: SplitReader,
  encodings: Encoding[],
  target: Target | null,
  pulse: () => Promise<void>,
): Promise<EncodedSplit> {
  const path = join(folder, `${split}.rows`);
  const file = await open(path, 'w+');
  const close = async (): Promise<void> => {
    await file.close();
    await rm(path, { force: true });
  };
  try {
    const layout = layoutOf(encodings);
    const rows = await writeRecords(file, split, reader, encodings, target, layout, pulse);
    return {
      layout,
      rows,
      read: (first, rows, into, place) => readRecords(file, layout, first, rows, into, place),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function writeRecords(
  file: FileHandle,
  split: SplitName,
  reader: SplitReader,
  encodings: Encoding[],
  target: Target | null,
  layout: RecordLayout,
  pulse: () => Promise<void>,
): Promise<number> {
  let rows = 0;
  let room = recordsIn(new ArrayBuffer(0), 0, 0, layout);
  const most = rowsAtOnce(layout.width);
  for await (const chunk of encodedChunks(reader, createEncoder(encodings), split, target, most)) {
    const size = chunk.rows * layout.words * 4;
    if (room.bytes.length < size) room = recordsIn(new ArrayBuffer(size), 0, chunk.rows, layout);
    pack(chunk.inputs, chunk.labels, chunk.rows, layout, room);
    for (let at = 0; at < size;) at += (await file.write(room.bytes, at, size - at)).bytesWritten;
    rows += chunk.rows;
    await pulse();
  }
  return rows;
}

async function readRecords(
  file: FileHandle,
  { words }: RecordLayout,
  first: number,
  rows: number,
  { bytes }: Records,
  place: number,
): Promise<void> {
  const size = words * 4;
  const end = (place + rows) * size;
  for (let at = place * size, from = first * size; at < end;) {
    const { bytesRead } = await file.read(bytes, at, end - at, from);
    if (bytesRead === 0) throw new Error(`The encoded rows end at byte ${from}, before row ${first + rows}`);
    at += bytesRead;
    from += bytesRead;
  }
}
