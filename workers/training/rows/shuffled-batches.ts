import { type EncodedSplit } from './encoded-split.ts';
import { type Records } from './records.ts';
import { PROBE_ROWS } from '../reading.ts';
import { type Random } from '../../../core/base/random.ts';

/** Rows are mixed among so many bytes of them, if the memory limit allows it; the file as a whole was shuffled when it was assembled. */
const [POOL_BYTES, SHARE_OF_POOL] = [64 << 20, 1 / 16];

/** How many rows a pool holds: all of a small split, and always a batch and the rows of a probe. */
export function poolRows(
  { rows, layout }: Pick<EncodedSplit, 'rows' | 'layout'>,
  batchSize: number,
  memoryLimitMb: number,
): number {
  const bytes = Math.min(POOL_BYTES, memoryLimitMb * 2 ** 20 * SHARE_OF_POOL);
  return Math.max(batchSize, PROBE_ROWS + 1, Math.min(rows, Math.floor(bytes / (layout.words * 4))));
}

/** An epoch's batches, as the places of their rows in `pool`, in an order of `random`'s making. */
export async function* shuffledBatches(
  split: EncodedSplit,
  pool: Records,
  capacity: number,
  batchSize: number,
  random: Random,
): AsyncGenerator<Uint32Array> {
  let filled = 0;
  for (let taken = 0; taken < split.rows;) {
    const rows = Math.min(capacity - filled, split.rows - taken);
    await split.read(taken, rows, pool, filled);
    taken += rows;
    filled += rows;
    const order = shuffledOrder(filled, random);
    const whole = taken < split.rows ? filled - (filled % batchSize) : filled;
    for (let at = 0; at < whole; at += batchSize) yield order.subarray(at, Math.min(whole, at + batchSize));
    filled = keepRest(pool, order.subarray(whole).sort(), split.layout.words);
  }
}

/** Moves rows that filled no batch to the front. Sorted places, so none is overwritten before it moved. */
function keepRest({ levels }: Records, places: Uint32Array, words: number): number {
  for (const [row, place] of places.entries()) levels.copyWithin(row * words, place * words, (place + 1) * words);
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
