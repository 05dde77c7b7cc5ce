import { type Kernel } from './load.ts';
import { BLOCK, type Places, type Shape } from './places.ts';

/** What one thread computes: rows go forward through all layers and back, block by block, in its own room. */
export function createPass(kernel: Kernel, { layout, plan, loss }: Shape, places: Places, thread: number) {
  const { members, block, width, pool, parameters, counts } = places;
  const { input, shared, sharedSlopes, out, slopes } = places.rooms[thread]!;
  const recordBytes = layout.words * 4;
  const placed = places.layers.map((layer, i) => ({
    ...layer,
    transposed: places.transposed[i]!,
    out: out[i]!,
    slopes: slopes[i]!,
  }));
  const first = placed[0]!;
  const last = placed.at(-1)!;
  const far = typeof loss === 'object' && 'squaredUpTo' in loss ? loss.squaredUpTo : -1;
  const kept = 1 / (1 - plan.dropout);
  const labels = pool;
  const numbers = pool + 4;
  const full = numbers + layout.numbers.length * 4;
  const levels = full + layout.pieces.length * 4;
  const clear = (at: number, length: number): void => kernel.clear(at, length * 4);

  /** The sums of the first layer, from records. */
  function hear(from: number, count: number, into: number): void {
    const { inner, columns, at } = first;
    kernel.gather(numbers, recordBytes, from, layout.numbers.length, input, inner, count);
    if (layout.pieces.length > 0)
      kernel.gatherPieces(full, recordBytes, from, counts, layout.pieces.length, input + layout.numbers.length * 4, inner, count); // prettier-ignore
    const weights = parameters + at;
    kernel.addLevels(levels, recordBytes, from, layout.stretches.length, weights + inner * columns * 4, into, columns, count); // prettier-ignore
    kernel.multiply(input, inner, weights, into, columns, fours(count));
  }

  /** Calls for each kernel of a layer with the rows that it takes: all members' at once, or a member's. */
  function eachKernel(
    { kernels, inner, columns }: { kernels: number; inner: number; columns: number },
    whole: number,
    call: (weights: number, before: number, after: number, rows: number) => void,
  ): void {
    const rowsEach = (members / kernels) * whole;
    for (let i = 0; i < kernels; i++)
      call(i * inner * columns * 4, i * rowsEach * inner * 4, i * rowsEach * columns * 4, rowsEach);
  }

  /** `dropping`: where the random numbers are that leave units out; null for none. */
  function forward(from: number, count: number, dropping: number | null): void {
    const whole = fours(count);
    let before = input;
    for (const layer of placed) {
      const { columns, at, scale, bias, out } = layer;
      if (plan.members > 0 && layer === first) {
        clear(shared, whole * columns);
        hear(from, count, shared);
        for (let member = 0, row = 0; member < members; member++, row += columns * 4)
          kernel.spread(shared, parameters + scale + row, parameters + bias + row, out + row * whole, columns, whole);
      } else {
        for (let member = 0, row = 0; member < members; member++, row += columns * 4)
          kernel.repeat(parameters + bias + row, columns, out + row * whole, whole);
        if (layer === first) hear(from, count, out);
        else
          eachKernel(layer, whole, (weights, ofBefore, ofOut, each) =>
            kernel.multiply(before + ofBefore, layer.inner, parameters + at + weights, out + ofOut, columns, each),
          );
      }
      if (layer !== last) {
        kernel.relu(out, members * whole * columns);
        if (dropping !== null) kernel.drop(out, members * whole * columns, dropping, plan.dropout * 2 ** 32, kept);
      }
      before = out;
    }
  }

  function backward(from: number, count: number, gradient: number): void {
    const whole = fours(count);
    for (let index = placed.length - 1; index > 0; index--) {
      const { inner, columns, at, bias, slopes, transposed } = placed[index]!;
      const earlier = placed[index - 1]!;
      for (let member = 0, row = 0; member < members; member++, row += columns * 4)
        kernel.addRows(slopes + row * whole, columns, gradient + bias + row, whole);
      clear(earlier.slopes, members * whole * inner);
      eachKernel(placed[index]!, whole, (weights, before, after, each) => {
        for (let row = 0; row < each; row += BLOCK)
          kernel.multiplyTransposed(earlier.out + before + row * inner * 4, inner, slopes + after + row * columns * 4, gradient + at + weights, columns, Math.min(BLOCK, each - row)); // prettier-ignore
        kernel.multiply(slopes + after, columns, transposed + weights, earlier.slopes + before, inner, each);
      });
      kernel.passBack(earlier.slopes, earlier.out, members * whole * inner, kept);
    }
    learnFirst(from, count, whole, gradient);
  }

  /** The gradient of the first layer, from the slopes of what comes out of it. */
  function learnFirst(from: number, count: number, whole: number, gradient: number): void {
    const { inner, columns, at, scale, bias, slopes } = first;
    let own = slopes;
    if (plan.members > 0) {
      own = sharedSlopes;
      clear(own, whole * columns);
      for (let member = 0, row = 0; member < members; member++, row += columns * 4)
        kernel.collect(slopes + row * whole, shared, parameters + scale + row, own, gradient + scale + row, gradient + bias + row, columns, whole); // prettier-ignore
    } else kernel.addRows(slopes, columns, gradient + bias, whole);
    const weights = gradient + at;
    kernel.multiplyTransposed(input, inner, own, weights, columns, whole);
    kernel.addToLevels(levels, recordBytes, from, layout.stretches.length, own, weights + inner * columns * 4, columns, count); // prettier-ignore
  }

  /** The losses of a block, of all members together, and their slopes. */
  function lossesOf(from: number, some: number, batch: number): number {
    const whole = fours(some);
    let sum = 0;
    clear(last.slopes, members * whole * last.columns); // rows that only fill up a four have no slope
    for (let member = 0, row = 0; member < members; member++, row += whole * last.columns * 4)
      sum +=
        width === 1
          ? kernel.losses(far, last.out + row, labels, recordBytes, from, last.slopes + row, some, batch * members)
          : kernel.classLosses(width, last.columns, last.out + row, labels, recordBytes, from, last.slopes + row, some, batch * members); // prettier-ignore
    return sum / members;
  }

  return {
    /** Adds the slopes of rows [start, end) of a batch to `gradient`; returns the sum of their losses. */
    learn(start: number, end: number, batch: number, gradient: number, dropping: number | null): number {
      let sum = 0;
      for (let row = start; row < end; row += block) {
        const [from, some] = [places.places + row * 4, Math.min(block, end - row)];
        forward(from, some, dropping);
        sum += lossesOf(from, some, batch);
        backward(from, some, gradient);
      }
      return sum;
    },
    /** Writes the outputs of a block's rows into numbers from `to` on, row by row and of a row by member. */
    say(row: number, some: number, floats: Float32Array, to: number): void {
      forward(places.places + row * 4, some, null);
      for (let member = 0; member < members; member++)
        for (let i = 0; i < some; i++) {
          const at = last.out / 4 + (member * fours(some) + i) * last.columns;
          for (let place = 0; place < width; place++)
            floats[to + (i * members + member) * width + place] = floats[at + place]!;
        }
    },
  };
}

const fours = (count: number): number => Math.ceil(count / 4) * 4;
