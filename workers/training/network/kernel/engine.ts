import { createRoom, loadKernel } from './load.ts';
import { type TrainingState } from '../checkpoint.ts';
import { type Engine, type EngineParts } from '../engine.ts';
import { recordsIn, type RecordLayout } from '../../rows/records.ts';
import { type NetworkPlan } from '../../../../core/recipes/recipe.ts';

/** Rows that go forward and back through all layers at a time: what they become stays in the processor's cache. */
const BLOCK = 128;
const FIRST_DECAY = 0.9;
const SECOND_DECAY = 0.999;

/** A training step in WebAssembly, without an object or a copy per batch: the same bits on every machine. */
export function createKernelEngine({ layout, plan, loss, rows }: EngineParts): Engine {
  const room = createRoom();
  const recordBytes = layout.words * 4;
  const pool = room.take(rows * layout.words);
  const places = room.take(Math.max(rows, BLOCK));
  const dropping = room.take(4);
  const layers = layersOf(layout, plan);
  const size = layers.reduce((sum, { weightRows, columns }) => sum + (weightRows + 1) * columns, 0);
  const [parameters, gradient, first, second] = [size, size, size, size].map(room.take) as [
    number,
    number,
    number,
    number,
  ];
  const input = room.take(BLOCK * layers[0]!.inner);
  const placed = layers.map((layer) => ({
    ...layer,
    transposed: room.take(layer.columns * layer.inner),
    out: room.take(BLOCK * layer.columns),
    slopes: room.take(BLOCK * layer.columns),
  }));
  const last = placed.at(-1)!;
  const memory = room.memory();
  const kernel = loadKernel(memory);
  const floats = new Float32Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  let steps = 0;

  const far = loss === 'entropy' ? -1 : loss.squaredUpTo;
  const kept = 1 / (1 - plan.dropout);
  const labels = pool;
  const numbers = pool + 4;
  const levels = numbers + layout.numbers.length * 4;
  const levelWeights = layers[0]!.inner * layers[0]!.columns * 4;

  function forward(from: number, count: number, dropout: boolean): void {
    kernel.gather(numbers, recordBytes, from, layout.numbers.length, input, layers[0]!.inner, count);
    const whole = fours(count);
    let before = input;
    for (const layer of placed) {
      const { inner, columns, at, bias, out } = layer;
      const weights = parameters + at;
      kernel.repeat(parameters + bias, columns, out, whole);
      if (layer === placed[0]) {
        const ofLevels = weights + levelWeights;
        kernel.addLevels(levels, recordBytes, from, layout.stretches.length, ofLevels, out, columns, count);
      }
      kernel.multiply(before, inner, weights, out, columns, whole);
      if (layer !== last) {
        kernel.relu(out, whole * columns);
        if (dropout) kernel.drop(out, whole * columns, dropping, plan.dropout * 2 ** 32, kept);
      }
      before = out;
    }
  }

  function backward(from: number, count: number): void {
    const whole = fours(count);
    for (let index = placed.length - 1; index >= 0; index--) {
      const { inner, columns, at, bias, slopes, transposed } = placed[index]!;
      const earlier = placed[index - 1];
      kernel.addRows(slopes, columns, gradient + bias, whole);
      kernel.multiplyTransposed(earlier?.out ?? input, inner, slopes, gradient + at, columns, whole);
      if (earlier) {
        const length = whole * inner;
        fill(earlier.slopes, length, 0);
        kernel.multiply(slopes, columns, transposed, earlier.slopes, inner, whole);
        kernel.passBack(earlier.slopes, earlier.out, length, kept);
      } else {
        const ofLevels = gradient + at + levelWeights;
        kernel.addToLevels(levels, recordBytes, from, layout.stretches.length, slopes, ofLevels, columns, count);
      }
    }
  }

  const fill = (at: number, length: number, value: number): void => void floats.fill(value, at / 4, at / 4 + length);

  /** The losses of the records at `places`, block by block. */
  function each(count: number, dropout: boolean, visit: (from: number, rows: number, loss: number) => void): void {
    for (let row = 0; row < count; row += BLOCK) {
      const [from, some] = [places + row * 4, Math.min(BLOCK, count - row)];
      forward(from, some, dropout);
      fill(last.slopes, fours(some) * last.columns, 0); // rows that only fill up a four have no slope
      visit(from, some, kernel.losses(far, last.out, labels, recordBytes, from, last.slopes, some, count));
    }
  }

  /** Calls `copy` for each piece that is whole both in a state's arrays and, padded, in the kernel's. */
  function eachPiece(copy: (flat: number, padded: number, length: number) => void): void {
    let flat = 0;
    for (const { at, bias, rowOf, columns, units, inputs } of placed) {
      for (let i = 0; i < inputs; i++, flat += units) copy(flat, at / 4 + rowOf(i) * columns, units);
      copy(flat, bias / 4, units);
      flat += units;
    }
  }
  const arraysOf = ({ parameters: weights, adam }: TrainingState): [Float32Array, number][] => [
    [weights, parameters / 4],
    [adam.first, first / 4],
    [adam.second, second / 4],
  ];
  const usePool = (count: number): void => {
    for (let row = 0; row < count; row++) words[places / 4 + row] = row;
  };

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
    train(batch) {
      words.set(batch, places / 4);
      fill(gradient, size, 0);
      for (const { at, inner, columns, transposed } of placed.slice(1))
        kernel.transpose(parameters + at, inner, columns, transposed);
      let sum = 0;
      each(batch.length, plan.dropout > 0, (from, some, loss) => {
        backward(from, some);
        sum += loss;
      });
      const { at, weightRows, columns } = layers[0]!;
      if (plan.l2 > 0) kernel.addScaled(gradient + at, parameters + at, weightRows * columns, 2 * plan.l2);
      steps++;
      const rate = (plan.learningRate * Math.sqrt(1 - SECOND_DECAY ** steps)) / (1 - FIRST_DECAY ** steps);
      kernel.adam(parameters, gradient, first, second, size, rate);
      return sum / batch.length;
    },
    loss(count) {
      usePool(count);
      let sum = 0;
      each(count, false, (_from, _rows, loss) => (sum += loss));
      return sum;
    },
    outputs(count) {
      usePool(count);
      const outputs = new Float32Array(count);
      each(count, false, (from, some) => {
        const row = (from - places) / 4;
        for (let i = 0; i < some; i++) outputs[row + i] = floats[last.out / 4 + i * last.columns]!;
      });
      return outputs;
    },
  };
}

const fours = (count: number): number => Math.ceil(count / 4) * 4;

/** The width of a matrix: rows that are 512 bytes apart, or a multiple, would compete for the same few lines of a cache. */
const widthFor = (units: number): number => fours(units) + (fours(units) % 128 === 0 ? 16 : 0);

/** Sizes as the kernel has them. The first layer's weights are those of the numbers, padding, then those of the levels. */
function layersOf(layout: RecordLayout, { hidden }: NetworkPlan) {
  const order = [...layout.numbers, ...layout.levels];
  const padding = widthFor(layout.numbers.length) - layout.numbers.length;
  const rows = new Map(order.map((input, i) => [input, i < layout.numbers.length ? i : i + padding]));
  let [inputs, inner, at] = [layout.width, widthFor(layout.numbers.length), 0];
  return [...hidden, 1].map((units, index) => {
    const columns = widthFor(units);
    const weightRows = index === 0 ? inner + layout.levels.length : inner;
    const bias = at + weightRows * columns * 4;
    const rowOf = (input: number): number => (index === 0 ? rows.get(input)! : input);
    const layer = { inputs, units, inner, columns, weightRows, at, bias, rowOf };
    [inputs, inner, at] = [units, columns, bias + columns * 4];
    return layer;
  });
}
