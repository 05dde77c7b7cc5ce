import { loadKernel } from './load.ts';
import { createPass } from './pass.ts';
import { PART, placesOf, TOGETHER, type Shape } from './places.ts';
import { type Work } from '../../crew/crew.ts';

/** What a thread is told. */
export interface Shared {
  memory: WebAssembly.Memory;
  shape: Shape;
}

const [LEARN, MOVE, SAY] = [0, 1, 2];

/** Writes what the next tasks are about, and does them: one for each thread. */
export function createTasks({ memory, shape }: Shared, thread: number) {
  const places = placesOf(shape);
  const { plan } = shape;
  const { block, size, slices, layers, parameters, gradients, firsts, seconds, dropping } = places;
  const kernel = loadKernel(memory);
  const pass = createPass(kernel, shape, places, thread);
  const floats = new Float32Array(memory.buffer);
  const task = new Int32Array(memory.buffer, places.task, 16);
  const [rates, losses] = [places.taskNumbers, places.losses].map((at) => new Float64Array(memory.buffer, at, 8)) as [
    Float64Array,
    Float64Array,
  ];

  /** The slices of a batch: of a small one, fewer. */
  const slicesOf = (batch: number): number => Math.min(slices, Math.ceil(batch / block));

  function learn(slice: number): void {
    const batch = task[1]!;
    const blocks = Math.ceil(batch / block);
    const start = (at: number): number => Math.min(batch, Math.floor((at * blocks) / slicesOf(batch)) * block);
    kernel.clear(gradients[slice]!, size * 4);
    const dropped = plan.dropout > 0 ? dropping + slice * 16 : null;
    losses[slice] = pass.learn(start(slice), start(slice + 1), batch, gradients[slice]!, dropped);
  }

  /** Adds up the slices' gradients, and moves the weights, of one part of all numbers. */
  function move(part: number): void {
    const [from, to] = [part * PART, Math.min(size, (part + 1) * PART)];
    const [learningRate, rate] = rates as unknown as [number, number];
    /** Calls with the numbers of this part that are in a stretch of all, if any. */
    const within = (start: number, length: number, call: (at: number, count: number) => void): void => {
      const [low, high] = [Math.max(from, start), Math.min(to, start + length)];
      if (low < high) call(low * 4, high - low);
    };
    const gradient = gradients[0]!;
    for (const other of gradients.slice(1, slicesOf(task[1]!)))
      kernel.addScaled(gradient + from * 4, other + from * 4, to - from, 1);
    const first = layers[0]!;
    if (plan.l2 > 0)
      within(first.at / 4, first.weightRows * first.columns, (at, count) =>
        kernel.addScaled(gradient + at, parameters + at, count, 2 * plan.l2),
      );
    if (plan.decay > 0)
      for (const { at, weightRows, columns, kernels } of layers)
        within(at / 4, kernels * weightRows * columns, (place, count) =>
          kernel.addScaled(parameters + place, parameters + place, count, -learningRate * plan.decay),
        );
    const at = from * 4;
    kernel.adam(parameters + at, gradient + at, firsts + at, seconds + at, to - from, rate);
  }

  function say(place: number): void {
    const [count, start] = [task[1]!, task[2]!];
    const row = start + place * block;
    const numbers = places.members * places.width;
    pass.say(row, Math.min(block, count - row), floats, places.said / 4 + place * block * numbers);
  }

  const work: Work = (number) => (task[0] === LEARN ? learn(number) : task[0] === MOVE ? move(number) : say(number));
  return {
    work,
    kernel,
    places,
    /** Each returns how many tasks there are. */
    prepareLearn(batch: number): number {
      task.set([LEARN!, batch]);
      return slicesOf(batch);
    },
    /** The sum of the losses of the slices that have learnt. */
    lossOf: (batch: number): number => losses.subarray(0, slicesOf(batch)).reduce((sum, loss) => sum + loss, 0),
    prepareMove(batch: number, learningRate: number, rate: number): number {
      task.set([MOVE!, batch]);
      rates.set([learningRate, rate]);
      return Math.ceil(size / PART);
    },
    /** The outputs of rows from `start` on, up to `count`, as many as there is room for. */
    prepareSay(count: number, start: number): number {
      task.set([SAY!, count, start]);
      return Math.min(TOGETHER, Math.ceil((count - start) / block));
    },
  };
}
