import { layersOf } from './layout.ts';
import { type EngineParts } from '../engine.ts';
import { outputsOf } from '../loss.ts';
import { PAGE } from '../../crew/memory.ts';

/** Rows that go forward and back through all layers at a time: what they become stays in the processor's cache. */
export const BLOCK = 128;
/** Members take part in a block with fewer rows each. */
const LEAST_BLOCK = 32;
/** The most slices of a batch, and so the most threads that learn. */
export const MOST_SLICES = 8;
/** A slice that takes less is not worth a thread, in nanoseconds. */
const WORTH_A_SLICE = 100_000;
/** Nanoseconds that a row, member and weight take, forward and back, and a number of a slice's gradient. */
const [PER_WEIGHT, PER_NUMBER] = [0.25, 1];
/** What the gradients of all slices may take of what the batch does. */
const SHARE_OF_GRADIENTS = 0.25;
/** Numbers of the weights that one task adds up and moves. */
export const PART = 16_384;
/** Blocks whose outputs are taken together. */
export const TOGETHER = 16;

/** What a thread has to know to find everything. */
export interface Shape extends EngineParts {
  threads: number;
}

/**
 * Where everything lies in the memory that all threads share, in bytes. A batch is learnt in slices, each with a gradient and
 * random numbers of its own: how many there are depends on the shapes alone, so the number of threads changes no bit. What
 * rows become on their way through the layers lies in a room of each thread.
 */
export function placesOf({ layout, plan, loss, rows, threads }: Shape) {
  const members = Math.max(1, plan.members);
  const block = plan.members > 0 ? LEAST_BLOCK : BLOCK;
  const width = outputsOf(loss);
  const layers = layersOf(layout, plan, width);
  const size = layers.reduce((sum, { numbers }) => sum + numbers, 0);
  const multiplied = layers.reduce((sum, { inner, columns }, i) => sum + inner * columns * (i > 0 ? members : 1), 0);
  const perRow = PER_WEIGHT * multiplied;
  const batch = Math.min(plan.batchSize, rows);
  const most = [batch / block, (batch * perRow) / WORTH_A_SLICE, (SHARE_OF_GRADIENTS * batch * perRow) / (PER_NUMBER * size)]; // prettier-ignore
  const slices = Math.max(1, Math.min(MOST_SLICES, ...most.map(Math.floor)));

  let bytes = PAGE;
  const take = (numbers: number): number => {
    const at = bytes;
    bytes += Math.ceil(numbers / 16) * 64; // a line of the cache belongs to one thread
    return at;
  };
  const first = layers[0]!;
  const common = {
    pool: take(rows * layout.words),
    places: take(Math.max(rows, block)),
    dropping: take(4 * slices),
    counts: take(layout.pieces.length),
    parameters: take(size),
    firsts: take(size),
    seconds: take(size),
    gradients: Array.from({ length: slices }, () => take(size)),
    transposed: layers.map(({ kernels, columns, inner }) => take(kernels * columns * inner)),
    /** Losses of the slices, and whole numbers and numbers of a task. */
    losses: take(2 * MOST_SLICES),
    task: take(16),
    taskNumbers: take(16),
    said: take(TOGETHER * block * members * width),
    claims: take(16),
  };
  const rooms = Array.from({ length: threads }, () => ({
    input: take(block * first.inner),
    shared: take(block * first.columns),
    sharedSlopes: take(block * first.columns),
    out: layers.map(({ columns }) => take(members * block * columns)),
    slopes: layers.map(({ columns }) => take(members * block * columns)),
  }));
  return { ...common, rooms, bytes, layers, size, members, block, width, slices, perRow };
}
export type Places = ReturnType<typeof placesOf>;
