import { createRoom, loadKernel } from './load.ts';
import { layersOf } from './layout.ts';
import { type TrainingState } from '../checkpoint.ts';
import { type Engine, type EngineParts } from '../engine.ts';
import { outputsOf } from '../loss.ts';
import { combinedLoss, combinedOutputs } from '../members.ts';
import { recordsIn } from '../../rows/records.ts';

/** Rows that go forward and back through all layers at a time: what they become stays in the processor's cache. */
const BLOCK = 128;
/** Members take part in a block with fewer rows each. */
const LEAST_BLOCK = 32;
const FIRST_DECAY = 0.9;
const SECOND_DECAY = 0.999;

/** A training step in WebAssembly, without an object or a copy per batch: the same bits on every machine. */
export function createKernelEngine({ layout, plan, loss, rows }: EngineParts): Engine {
  const members = Math.max(1, plan.members);
  const block = plan.members > 0 ? LEAST_BLOCK : BLOCK;
  const room = createRoom();
  const recordBytes = layout.words * 4;
  const pool = room.take(rows * layout.words);
  const places = room.take(Math.max(rows, block));
  const dropping = room.take(4);
  const counts = room.take(layout.pieces.length);
  const width = outputsOf(loss);
  const layers = layersOf(layout, plan, width);
  const size = layers.reduce((sum, { numbers }) => sum + numbers, 0);
  const [parameters, gradient, firsts, seconds] = [size, size, size, size].map(room.take) as [
    number,
    number,
    number,
    number,
  ];
  const first = layers[0]!;
  const input = room.take(block * first.inner);
  const [shared, sharedSlopes] = [room.take(block * first.columns), room.take(block * first.columns)];
  const placed = layers.map((layer) => ({
    ...layer,
    transposed: room.take(layer.kernels * layer.columns * layer.inner),
    out: room.take(members * block * layer.columns),
    slopes: room.take(members * block * layer.columns),
  }));
  const last = placed.at(-1)!;
  const memory = room.memory();
  const kernel = loadKernel(memory);
  const floats = new Float32Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  for (const [i, [start, end]] of layout.pieces.entries()) words[counts / 4 + i] = end - start;
  let steps = 0;

  const far = typeof loss === 'object' && 'squaredUpTo' in loss ? loss.squaredUpTo : -1;
  const kept = 1 / (1 - plan.dropout);
  const labels = pool;
  const numbers = pool + 4;
  const full = numbers + layout.numbers.length * 4;
  const levels = full + layout.pieces.length * 4;
  const fill = (at: number, length: number, value: number): void => void floats.fill(value, at / 4, at / 4 + length);

  /** The sums of the first layer, from records. */
  function hear(from: number, count: number, out: number): void {
    const { inner, columns, at } = first;
    kernel.gather(numbers, recordBytes, from, layout.numbers.length, input, inner, count);
    if (layout.pieces.length > 0)
      kernel.gatherPieces(full, recordBytes, from, counts, layout.pieces.length, input + layout.numbers.length * 4, inner, count); // prettier-ignore
    const weights = parameters + at;
    kernel.addLevels(levels, recordBytes, from, layout.stretches.length, weights + inner * columns * 4, out, columns, count); // prettier-ignore
    kernel.multiply(input, inner, weights, out, columns, fours(count));
  }

  /** Calls for each kernel of a layer with the rows that it takes: all members' at once, or a member's. */
  function eachKernel(
    { kernels, inner, columns }: { kernels: number; inner: number; columns: number },
    whole: number,
    call: (weights: number, before: number, after: number, rows: number) => void,
  ): void {
    // prettier-ignore
    const rowsEach = (members / kernels) * whole;
    for (let i = 0; i < kernels; i++)
      call(i * inner * columns * 4, i * rowsEach * inner * 4, i * rowsEach * columns * 4, rowsEach);
  }

  function forward(from: number, count: number, dropout: boolean): void {
    const whole = fours(count);
    let before = input;
    for (const layer of placed) {
      const { columns, at, scale, bias, out } = layer;
      if (plan.members > 0 && layer === placed[0]) {
        fill(shared, whole * columns, 0);
        hear(from, count, shared);
        for (let member = 0, row = 0; member < members; member++, row += columns * 4)
          kernel.spread(shared, parameters + scale + row, parameters + bias + row, out + row * whole, columns, whole);
      } else {
        for (let member = 0, row = 0; member < members; member++, row += columns * 4)
          kernel.repeat(parameters + bias + row, columns, out + row * whole, whole);
        if (layer === placed[0]) hear(from, count, out);
        else
          eachKernel(layer, whole, (weights, ofBefore, ofOut, each) =>
            kernel.multiply(before + ofBefore, layer.inner, parameters + at + weights, out + ofOut, columns, each),
          );
      }
      if (layer !== last) {
        kernel.relu(out, members * whole * columns);
        if (dropout) kernel.drop(out, members * whole * columns, dropping, plan.dropout * 2 ** 32, kept);
      }
      before = out;
    }
  }

  function backward(from: number, count: number): void {
    const whole = fours(count);
    for (let index = placed.length - 1; index > 0; index--) {
      const { inner, columns, at, bias, slopes, transposed } = placed[index]!;
      const earlier = placed[index - 1]!;
      for (let member = 0, row = 0; member < members; member++, row += columns * 4)
        kernel.addRows(slopes + row * whole, columns, gradient + bias + row, whole);
      fill(earlier.slopes, members * whole * inner, 0);
      eachKernel(placed[index]!, whole, (weights, before, after, each) => {
        for (let row = 0; row < each; row += BLOCK)
          kernel.multiplyTransposed(earlier.out + before + row * inner * 4, inner, slopes + after + row * columns * 4, gradient + at + weights, columns, Math.min(BLOCK, each - row)); // prettier-ignore
        kernel.multiply(slopes + after, columns, transposed + weights, earlier.slopes + before, inner, each);
      });
      kernel.passBack(earlier.slopes, earlier.out, members * whole * inner, kept);
    }
    learnFirst(from, count, whole);
  }

  /** The gradient of the first layer, from the slopes of what comes out of it. */
  function learnFirst(from: number, count: number, whole: number): void {
    const { inner, columns, at, scale, bias, slopes } = placed[0]!;
    let own = slopes;
    if (plan.members > 0) {
      own = sharedSlopes;
      fill(own, whole * columns, 0);
      for (let member = 0, row = 0; member < members; member++, row += columns * 4)
        kernel.collect(slopes + row * whole, shared, parameters + scale + row, own, gradient + scale + row, gradient + bias + row, columns, whole); // prettier-ignore
    } else kernel.addRows(slopes, columns, gradient + bias, whole);
    const weights = gradient + at;
    kernel.multiplyTransposed(input, inner, own, weights, columns, whole);
    kernel.addToLevels(levels, recordBytes, from, layout.stretches.length, own, weights + inner * columns * 4, columns, count); // prettier-ignore
  }

  /** Records block by block. */
  function each(count: number, dropout: boolean, visit: (from: number, rows: number) => void): void {
    for (let row = 0; row < count; row += block) {
      const [from, some] = [places + row * 4, Math.min(block, count - row)];
      forward(from, some, dropout);
      visit(from, some);
    }
  }

  /** The losses of a block, of all members together, and their slopes. */
  function lossesOf(from: number, some: number, count: number): number {
    const whole = fours(some);
    let sum = 0;
    fill(last.slopes, members * whole * last.columns, 0); // rows that only fill up a four have no slope
    for (let member = 0, row = 0; member < members; member++, row += whole * last.columns * 4)
      sum +=
        width === 1
          ? kernel.losses(far, last.out + row, labels, recordBytes, from, last.slopes + row, some, count * members)
          : kernel.classLosses(width, last.columns, last.out + row, labels, recordBytes, from, last.slopes + row, some, count * members); // prettier-ignore
    return sum / members;
  }

  /** Calls `copy` for each piece that is whole both in a state's arrays and, padded, in the kernel's. */
  function eachPiece(copy: (flat: number, padded: number, length: number) => void): void {
    let flat = 0;
    for (const { at, scale, scales, bias, rowOf, inner, columns, units, inputs, kernels } of placed) {
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
  const usePool = (count: number): void => {
    for (let row = 0; row < count; row++) words[places / 4 + row] = row;
  };
  /** The outputs of each of the pool's first records. */
  function outputs(count: number): Float32Array {
    usePool(count);
    const found = new Float32Array(count * members * width);
    each(count, false, (from, some) => {
      const row = (from - places) / 4;
      for (let member = 0; member < members; member++)
        for (let i = 0; i < some; i++) {
          const at = last.out / 4 + (member * fours(some) + i) * last.columns;
          for (let place = 0; place < width; place++)
            found[((row + i) * members + member) * width + place] = floats[at + place]!;
        }
    });
    return combinedOutputs(found, plan.members, loss);
  }

  return {
    backend: 'kernel',
    pool: recordsIn(memory.buffer, pool, rows, layout),
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
      for (let i = 0; i < 4; i++) words[dropping / 4 + i] = 1 + dropout.integer(2 ** 32 - 1);
    },
    train(batch, learningRate) {
      words.set(batch, places / 4);
      fill(gradient, size, 0);
      for (const { at, inner, columns, kernels, transposed } of placed.slice(1))
        for (let i = 0, from = 0; i < kernels; i++, from += inner * columns * 4)
          kernel.transpose(parameters + at + from, inner, columns, transposed + from);
      let sum = 0;
      each(batch.length, plan.dropout > 0, (from, some) => {
        sum += lossesOf(from, some, batch.length);
        backward(from, some);
      });
      const { at, weightRows, columns } = first;
      if (plan.l2 > 0) kernel.addScaled(gradient + at, parameters + at, weightRows * columns, 2 * plan.l2);
      if (plan.decay > 0)
        for (const { at, weightRows, columns, kernels } of placed) {
          const length = kernels * weightRows * columns;
          kernel.addScaled(parameters + at, parameters + at, length, -learningRate * plan.decay);
        }
      steps++;
      const rate = (learningRate * Math.sqrt(1 - SECOND_DECAY ** steps)) / (1 - FIRST_DECAY ** steps);
      kernel.adam(parameters, gradient, firsts, seconds, size, rate);
      return sum / batch.length;
    },
    loss: (count) => combinedLoss(outputs(count), count, (row) => floats[pool / 4 + row * layout.words]!, loss),
    outputs,
  };
}

const fours = (count: number): number => Math.ceil(count / 4) * 4;
