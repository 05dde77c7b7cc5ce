import { encodedChunks, rowBuffer, type Encoded, type RowBuffer, type SplitReader } from '../reading.ts';
import { type Random } from '../../../core/base/random.ts';
import { type Target } from '../../../core/model/artifact.ts';
import { type Encoder } from '../../../core/model/preprocessing.ts';

/** Rows are mixed among so many; the file as a whole was shuffled when it was assembled. */
const POOL_ROWS = 16_384;
const POOL_BYTES = 64 << 20;

/** The train split in batches, in an order of `random`'s making, never holding more than a pool of rows. */
export async function* shuffledBatches(
  reader: SplitReader,
  encoder: Encoder,
  batchSize: number,
  random: Random,
  target: Target | null,
): AsyncGenerator<Encoded> {
  const capacity = Math.max(batchSize, Math.min(POOL_ROWS, Math.floor(POOL_BYTES / (encoder.width * 4))));
  const pool = rowBuffer(capacity, encoder.width);
  const batch = rowBuffer(batchSize, encoder.width);
  let filled = 0;

  for await (const chunk of encodedChunks(reader, encoder, 'train', target)) {
    for (let taken = 0; taken < chunk.rows;) {
      const rows = Math.min(chunk.rows - taken, capacity - filled);
      copyRows(chunk, taken, pool, filled, rows, encoder.width);
      taken += rows;
      filled += rows;
      if (filled < capacity) continue;
      const order = shuffledOrder(filled, random);
      const whole = filled - (filled % batchSize);
      for (let at = 0; at < whole; at += batchSize) yield gather(pool, order, at, batchSize, batch, encoder.width);
      filled = keepRest(pool, order.subarray(whole).sort(), encoder.width);
    }
  }
  const order = shuffledOrder(filled, random);
  for (let at = 0; at < filled; at += batchSize)
    yield gather(pool, order, at, Math.min(batchSize, filled - at), batch, encoder.width);
}

function copyRows(from: RowBuffer, start: number, to: RowBuffer, at: number, rows: number, width: number): void {
  to.inputs.set(from.inputs.subarray(start * width, (start + rows) * width), at * width);
  to.labels.set(from.labels.subarray(start, start + rows), at);
}

function gather(
  pool: RowBuffer,
  order: Uint32Array,
  at: number,
  rows: number,
  into: RowBuffer,
  width: number,
): Encoded {
  for (let row = 0; row < rows; row++) copyRows(pool, order[at + row]!, into, row, 1, width);
  return { rows, inputs: into.inputs.subarray(0, rows * width), labels: into.labels.subarray(0, rows) };
}

/** Moves rows that filled no batch to the front. Sorted places, so none is overwritten before it moved. */
function keepRest(pool: RowBuffer, places: Uint32Array, width: number): number {
  for (const [row, place] of places.entries()) copyRows(pool, place, pool, row, 1, width);
  return places.length;
}

function shuffledOrder(rows: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  for (let i = rows - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
