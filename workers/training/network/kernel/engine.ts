import { placesOf, MOST_SLICES } from './places.ts';
import { createTasks } from './tasks.ts';
import { type TrainingState } from '../checkpoint.ts';
import { type Engine, type EngineParts } from '../engine.ts';
import { combinedLoss, combinedOutputs } from '../members.ts';
import { createForeman, hireCrew, nobody } from '../../crew/crew.ts';
import { giveBack, PAGE, sharedMemory } from '../../crew/memory.ts';
import { recordsIn } from '../../rows/records.ts';

const FIRST_DECAY = 0.9;
const SECOND_DECAY = 0.999;
/** Work of less than this is not worth waking a thread, in nanoseconds. */
const WORTH_WAKING = 100_000;
/** Where going once through all rows takes less, the training is over before a thread has started. */
const WORTH_STARTING = 100_000_000;
/** Nanoseconds that a weight takes to be moved, with its gradient added up. */
const PER_MOVE = 2;

export interface KernelEngine extends Engine {
  /** Resolves when all threads take part; nothing has to wait for it. */
  started(): Promise<void>;
}

export interface KernelOptions {
  /** How many, this one among them. */
  threads: number;
  /** Whether they are started for any network. */
  always?: boolean;
  log: (line: string) => void;
}

/** A training step in WebAssembly, without an object or a copy per batch: the same bits on every machine, by any number of threads. */
export function createKernelEngine(parts: EngineParts, { threads: most, always, log }: KernelOptions): KernelEngine {
  const { layout, plan, loss, rows } = parts;
  const { slices, perRow } = placesOf({ ...parts, threads: 1 });
  const threads = always || (slices > 1 && rows * perRow >= WORTH_STARTING) ? Math.min(most, MOST_SLICES) : 1;
  const shape = { ...parts, threads };
  const { memory, isNew } = sharedMemory(placesOf(shape).bytes);
  const tasks = createTasks({ memory, shape }, 0);
  const { kernel, places } = tasks;
  const { members, width, block, size, parameters, firsts, seconds } = places;
  if (!isNew) kernel.clear(PAGE, places.bytes - PAGE);
  const floats = new Float32Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  for (const [i, [start, end]] of layout.pieces.entries()) words[places.counts / 4 + i] = end - start;
  const foreman = createForeman(new Int32Array(memory.buffer, places.claims, 16), tasks.work);
  const crew = threads > 1 ? hireCrew(new URL('thread.js', import.meta.url), threads - 1, log) : nobody;
  crew.join({ memory, shape });
  let steps = 0;

  function perform(count: number, nanoseconds: number): void {
    if (crew.size > 0 && count > 1 && nanoseconds >= WORTH_WAKING) foreman.handOut(count);
    else for (let task = 0; task < count; task++) tasks.work(task);
  }

  /** Calls `copy` for each piece that is whole both in a state's arrays and, padded, in the kernel's. */
  function eachPiece(copy: (flat: number, padded: number, length: number) => void): void {
    let flat = 0;
    for (const { at, scale, scales, bias, rowOf, inner, columns, units, inputs, kernels } of places.layers) {
      const piece = (padded: number): void => {
        copy(flat, padded, units);
        flat += units;
      };
      for (let i = 0; i < kernels; i++)
        for (let from = 0; from < inputs; from++) piece(at / 4 + (i * inner + rowOf(from)) * columns);
      for (let i = 0; i < scales; i++) piece(scale / 4 + i * columns);
      for (let i = 0; i < members; i++) piece(bias / 4 + i * columns);
    }
  }
  const arraysOf = ({ parameters: weights, adam }: TrainingState): [Float32Array, number][] => [
    [weights, parameters / 4],
    [adam.first, firsts / 4],
    [adam.second, seconds / 4],
  ];

  /** The outputs of each of the pool's first records. */
  function outputs(count: number): Float32Array {
    for (let row = 0; row < count; row++) words[places.places / 4 + row] = row;
    const found = new Float32Array(count * members * width);
    for (let row = 0; row < count;) {
      const blocks = tasks.prepareSay(count, row);
      const some = Math.min(count - row, blocks * block);
      perform(blocks, (some * perRow) / 3);
      const said = places.said / 4;
      found.set(floats.subarray(said, said + some * members * width), row * members * width);
      row += some;
    }
    return combinedOutputs(found, plan.members, loss);
  }

  return {
    backend: 'kernel',
    pool: recordsIn(memory.buffer, places.pool, rows, layout),
    load(state) {
      steps = state.adam.steps;
      for (const [array, base] of arraysOf(state)) {
        floats.fill(0, base, base + size);
        eachPiece((flat, padded, length) => floats.set(array.subarray(flat, flat + length), base + padded));
      }
    },
    save(state) {
      state.adam.steps = steps;
      for (const [array, base] of arraysOf(state))
        eachPiece((flat, padded, length) => array.set(floats.subarray(base + padded, base + padded + length), flat));
    },
    startEpoch(dropout) {
      for (let i = 0; i < 4 * places.slices; i++) words[places.dropping / 4 + i] = 1 + dropout.integer(2 ** 32 - 1);
    },
    train(batch, learningRate) {
      words.set(batch, places.places / 4);
      for (const [index, { at, inner, columns, kernels }] of places.layers.entries())
        for (let i = 0, from = 0; index > 0 && i < kernels; i++, from += inner * columns * 4)
          kernel.transpose(parameters + at + from, inner, columns, places.transposed[index]! + from);
      perform(tasks.prepareLearn(batch.length), batch.length * perRow);
      const sum = tasks.lossOf(batch.length);
      steps++;
      const rate = (learningRate * Math.sqrt(1 - SECOND_DECAY ** steps)) / (1 - FIRST_DECAY ** steps);
      perform(tasks.prepareMove(batch.length, learningRate, rate), size * PER_MOVE);
      return sum / batch.length;
    },
    loss: (count) => combinedLoss(outputs(count), count, (row) => floats[places.pool / 4 + row * layout.words]!, loss),
    outputs,
    started: crew.started,
    async end() {
      foreman.end();
      await crew.end(); // none of them may touch the memory of the next
      giveBack(memory);
    },
  };
}
