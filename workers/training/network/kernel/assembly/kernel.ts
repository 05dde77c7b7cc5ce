// What a network's training computes, over Float32 matrices in the memory that ../engine.ts lays out. Matrices are
// row-major. Their rows are padded with zeros to whole fours, which is what `inner` and `columns` count, and so is the
// number of rows. Each sum is taken in one order and no product is fused with a sum: all machines get the same bits.

/** Bytes that stay in a processor's second cache beside others, and in its first. */
const CACHE: usize = 131_072;
const NEAREST_CACHE: usize = 32_768;

/** out = input x weights + out. */
export function multiply(input: usize, inner: usize, weights: usize, out: usize, columns: usize, rows: usize): void {
  const stride = columns << 2;
  const inputStride = inner << 2;
  // So many columns at a time that their weights stay in the cache for all rows.
  const span = max<usize>(64, (CACHE / max<usize>(inner, 1)) & ~63);
  for (let start: usize = 0; start < stride; start += span)
    multiplySome(input, inputStride, weights, out, stride, rows, start, min(start + span, stride));
}

function multiplySome(
  input: usize,
  inputStride: usize,
  weights: usize,
  out: usize,
  stride: usize,
  rows: usize,
  start: usize,
  end: usize,
): void {
  for (let row: usize = 0; row < rows; row += 4) {
    const inA = input + row * inputStride;
    const inB = inA + inputStride;
    const inC = inB + inputStride;
    const inD = inC + inputStride;
    const outA = out + row * stride;
    const outB = outA + stride;
    const outC = outB + stride;
    const outD = outC + stride;
    let at = start;
    for (; at + 32 <= end; at += 32) {
      let a0 = v128.load(outA + at);
      let a1 = v128.load(outA + at, 16);
      let b0 = v128.load(outB + at);
      let b1 = v128.load(outB + at, 16);
      let c0 = v128.load(outC + at);
      let c1 = v128.load(outC + at, 16);
      let d0 = v128.load(outD + at);
      let d1 = v128.load(outD + at, 16);
      let weight = weights + at;
      for (let k: usize = 0; k < inputStride; k += 4) {
        const w0 = v128.load(weight);
        const w1 = v128.load(weight, 16);
        const a = v128.load_splat<f32>(inA + k);
        a0 = f32x4.add(a0, f32x4.mul(a, w0));
        a1 = f32x4.add(a1, f32x4.mul(a, w1));
        const b = v128.load_splat<f32>(inB + k);
        b0 = f32x4.add(b0, f32x4.mul(b, w0));
        b1 = f32x4.add(b1, f32x4.mul(b, w1));
        const c = v128.load_splat<f32>(inC + k);
        c0 = f32x4.add(c0, f32x4.mul(c, w0));
        c1 = f32x4.add(c1, f32x4.mul(c, w1));
        const d = v128.load_splat<f32>(inD + k);
        d0 = f32x4.add(d0, f32x4.mul(d, w0));
        d1 = f32x4.add(d1, f32x4.mul(d, w1));
        weight += stride;
      }
      v128.store(outA + at, a0);
      v128.store(outA + at, a1, 16);
      v128.store(outB + at, b0);
      v128.store(outB + at, b1, 16);
      v128.store(outC + at, c0);
      v128.store(outC + at, c1, 16);
      v128.store(outD + at, d0);
      v128.store(outD + at, d1, 16);
    }
    if (at === end) continue;
    let a0 = v128.load(outA + at);
    let b0 = v128.load(outB + at);
    let c0 = v128.load(outC + at);
    let d0 = v128.load(outD + at);
    let weight = weights + at;
    for (let k: usize = 0; k < inputStride; k += 4) {
      const w0 = v128.load(weight);
      a0 = f32x4.add(a0, f32x4.mul(v128.load_splat<f32>(inA + k), w0));
      b0 = f32x4.add(b0, f32x4.mul(v128.load_splat<f32>(inB + k), w0));
      c0 = f32x4.add(c0, f32x4.mul(v128.load_splat<f32>(inC + k), w0));
      d0 = f32x4.add(d0, f32x4.mul(v128.load_splat<f32>(inD + k), w0));
      weight += stride;
    }
    v128.store(outA + at, a0);
    v128.store(outB + at, b0);
    v128.store(outC + at, c0);
    v128.store(outD + at, d0);
  }
}

/** gradient += input^T x slopes: how the loss moves with the weights between what came in and what went out. */
export function multiplyTransposed(
  input: usize,
  inner: usize,
  slopes: usize,
  gradient: usize,
  columns: usize,
  rows: usize,
): void {
  const stride = columns << 2;
  const inputStride = inner << 2;
  const span = max<usize>(64, (NEAREST_CACHE / max<usize>(rows, 1)) & ~63);
  for (let start: usize = 0; start < stride; start += span)
    multiplySomeTransposed(input, inputStride, slopes, gradient, stride, rows, start, min(start + span, stride));
}

function multiplySomeTransposed(
  input: usize,
  inputStride: usize,
  slopes: usize,
  gradient: usize,
  stride: usize,
  rows: usize,
  start: usize,
  stop: usize,
): void {
  const end = slopes + rows * stride;
  for (let k: usize = 0; k < inputStride; k += 16) {
    const toA = gradient + (k >> 2) * stride;
    const toB = toA + stride;
    const toC = toB + stride;
    const toD = toC + stride;
    let at = start;
    for (; at + 32 <= stop; at += 32) {
      let a0 = v128.load(toA + at);
      let a1 = v128.load(toA + at, 16);
      let b0 = v128.load(toB + at);
      let b1 = v128.load(toB + at, 16);
      let c0 = v128.load(toC + at);
      let c1 = v128.load(toC + at, 16);
      let d0 = v128.load(toD + at);
      let d1 = v128.load(toD + at, 16);
      let from = input + k;
      for (let slope = slopes + at; slope < end; slope += stride) {
        const s0 = v128.load(slope);
        const s1 = v128.load(slope, 16);
        const a = v128.load_splat<f32>(from);
        a0 = f32x4.add(a0, f32x4.mul(a, s0));
        a1 = f32x4.add(a1, f32x4.mul(a, s1));
        const b = v128.load_splat<f32>(from, 4);
        b0 = f32x4.add(b0, f32x4.mul(b, s0));
        b1 = f32x4.add(b1, f32x4.mul(b, s1));
        const c = v128.load_splat<f32>(from, 8);
        c0 = f32x4.add(c0, f32x4.mul(c, s0));
        c1 = f32x4.add(c1, f32x4.mul(c, s1));
        const d = v128.load_splat<f32>(from, 12);
        d0 = f32x4.add(d0, f32x4.mul(d, s0));
        d1 = f32x4.add(d1, f32x4.mul(d, s1));
        from += inputStride;
      }
      v128.store(toA + at, a0);
      v128.store(toA + at, a1, 16);
      v128.store(toB + at, b0);
      v128.store(toB + at, b1, 16);
      v128.store(toC + at, c0);
      v128.store(toC + at, c1, 16);
      v128.store(toD + at, d0);
      v128.store(toD + at, d1, 16);
    }
    if (at === stop) continue;
    let a0 = v128.load(toA + at);
    let b0 = v128.load(toB + at);
    let c0 = v128.load(toC + at);
    let d0 = v128.load(toD + at);
    let from = input + k;
    for (let slope = slopes + at; slope < end; slope += stride) {
      const s0 = v128.load(slope);
      a0 = f32x4.add(a0, f32x4.mul(v128.load_splat<f32>(from), s0));
      b0 = f32x4.add(b0, f32x4.mul(v128.load_splat<f32>(from, 4), s0));
      c0 = f32x4.add(c0, f32x4.mul(v128.load_splat<f32>(from, 8), s0));
      d0 = f32x4.add(d0, f32x4.mul(v128.load_splat<f32>(from, 12), s0));
      from += inputStride;
    }
    v128.store(toA + at, a0);
    v128.store(toB + at, b0);
    v128.store(toC + at, c0);
    v128.store(toD + at, d0);
  }
}

export function transpose(from: usize, rows: usize, columns: usize, to: usize): void {
  for (let row: usize = 0; row < rows; row++)
    for (let column: usize = 0; column < columns; column++)
      store<f32>(to + ((column * rows + row) << 2), load<f32>(from + ((row * columns + column) << 2)));
}

/** Writes one row into each of some rows. */
export function repeat(row: usize, columns: usize, out: usize, rows: usize): void {
  for (let i: usize = 0; i < rows; i++) memory.copy(out + ((i * columns) << 2), row, columns << 2);
}

/** total += the sum of the rows. */
export function addRows(from: usize, columns: usize, total: usize, rows: usize): void {
  for (let row: usize = 0; row < rows; row++) addRow(from + ((row * columns) << 2), columns, total);
}

function addRow(from: usize, columns: usize, to: usize): void {
  for (let at: usize = 0; at < columns << 2; at += 16)
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
}

/** Copies the numbers of the records at some places, each as a row that is padded to `columns`. */
export function gather(
  numbers: usize,
  recordBytes: usize,
  places: usize,
  count: usize,
  out: usize,
  columns: usize,
  rows: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const record = numbers + <usize>load<u32>(places + (row << 2)) * recordBytes;
    const to = out + ((row * columns) << 2);
    for (let i: usize = 0; i < count; i++) store<f32>(to + (i << 2), load<f32>(record + (i << 2)));
  }
}

/**
 * Writes for each record, from some column of its row on, the inputs of its stretches of pieces: the first pieces are
 * full, one is by its share. `counts` says how many pieces each stretch has.
 */
export function gatherPieces(
  full: usize,
  recordBytes: usize,
  places: usize,
  counts: usize,
  stretches: usize,
  out: usize,
  columns: usize,
  rows: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const record = full + <usize>load<u32>(places + (row << 2)) * recordBytes;
    let to = out + ((row * columns) << 2);
    for (let i: usize = 0; i < stretches; i++) {
      let left = load<f32>(record + (i << 2));
      const end = to + ((<usize>load<u32>(counts + (i << 2))) << 2);
      for (; to < end; to += 4) {
        store<f32>(to, max<f32>(0, min<f32>(1, left)));
        left -= 1;
      }
    }
  }
}

/** A member's rows: out = shared x scale + bias, column by column. */
export function spread(shared: usize, scale: usize, bias: usize, out: usize, columns: usize, rows: usize): void {
  const stride = columns << 2;
  for (let at: usize = 0; at < stride; at += 16) {
    const factor = v128.load(scale + at);
    const start = v128.load(bias + at);
    for (let row = at; row < rows * stride; row += stride)
      v128.store(out + row, f32x4.add(f32x4.mul(v128.load(shared + row), factor), start));
  }
}

/** The gradients of `spread`, added to those of `shared`, `scale` and `bias`. */
export function collect(
  slopes: usize,
  shared: usize,
  scale: usize,
  sharedSlopes: usize,
  scaleGradient: usize,
  biasGradient: usize,
  columns: usize,
  rows: usize,
): void {
  const stride = columns << 2;
  for (let at: usize = 0; at < stride; at += 16) {
    const factor = v128.load(scale + at);
    let ofScale = v128.load(scaleGradient + at);
    let ofBias = v128.load(biasGradient + at);
    for (let row = at; row < rows * stride; row += stride) {
      const slope = v128.load(slopes + row);
      ofScale = f32x4.add(ofScale, f32x4.mul(slope, v128.load(shared + row)));
      ofBias = f32x4.add(ofBias, slope);
      v128.store(sharedSlopes + row, f32x4.add(v128.load(sharedSlopes + row), f32x4.mul(slope, factor)));
    }
    v128.store(scaleGradient + at, ofScale);
    v128.store(biasGradient + at, ofBias);
  }
}

/** out += for each record the weights' rows of the levels that it has. A level of 0xffffffff is none. */
export function addLevels(
  levels: usize,
  recordBytes: usize,
  places: usize,
  count: usize,
  weights: usize,
  out: usize,
  columns: usize,
  rows: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const record = levels + <usize>load<u32>(places + (row << 2)) * recordBytes;
    for (let i: usize = 0; i < count; i++) {
      const level = load<u32>(record + (i << 2));
      if (level !== 0xffffffff)
        addRow(weights + ((<usize>level * columns) << 2), columns, out + ((row * columns) << 2));
    }
  }
}

/** The gradient of `addLevels`: adds each record's slopes to the rows of its levels. */
export function addToLevels(
  levels: usize,
  recordBytes: usize,
  places: usize,
  count: usize,
  slopes: usize,
  gradient: usize,
  columns: usize,
  rows: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const record = levels + <usize>load<u32>(places + (row << 2)) * recordBytes;
    for (let i: usize = 0; i < count; i++) {
      const level = load<u32>(record + (i << 2));
      if (level !== 0xffffffff)
        addRow(slopes + ((row * columns) << 2), columns, gradient + ((<usize>level * columns) << 2));
    }
  }
}

export function relu(values: usize, length: usize): void {
  const zero = f32x4.splat(0);
  // Not a maximum: that would turn what is no number into zero.
  for (let at = values; at < values + (length << 2); at += 16) {
    const value = v128.load(at);
    v128.store(at, v128.andnot(value, f32x4.lt(value, zero)));
  }
}

/**
 * Sets a share of the values, `threshold` of 2^32, to zero, and scales up the others. `state` is four numbers of
 * xorshift (Marsaglia 2003, https://doi.org/10.18637/jss.v008.i14), none of them zero.
 */
export function drop(values: usize, length: usize, state: usize, threshold: u32, scale: f32): void {
  let random = v128.load(state);
  const least = i32x4.splat(threshold);
  const scales = f32x4.splat(scale);
  for (let at = values; at < values + (length << 2); at += 16) {
    random = v128.xor(random, i32x4.shl(random, 13));
    random = v128.xor(random, i32x4.shr_u(random, 17));
    random = v128.xor(random, i32x4.shl(random, 5));
    const kept = i32x4.ge_u(random, least);
    v128.store(at, v128.and(f32x4.mul(v128.load(at), scales), kept));
  }
  v128.store(state, random);
}

/** The slopes before `relu` and `drop`: those that went through, scaled as their values were. */
export function passBack(slopes: usize, values: usize, length: usize, scale: f32): void {
  const zero = f32x4.splat(0);
  const scales = f32x4.splat(scale);
  for (let at: usize = 0; at < length << 2; at += 16) {
    const passed = f32x4.gt(v128.load(values + at), zero);
    v128.store(slopes + at, v128.and(f32x4.mul(v128.load(slopes + at), scales), passed));
  }
}

/**
 * The losses of the records' labels, added up, and the slopes of their mean over `batch` rows: cross entropy of a logit
 * (`far` below 0), or half the squared error while that is at most `far`, and by its size beyond. An output is the first
 * number of a row of four.
 */
export function losses(
  far: f64,
  outputs: usize,
  labels: usize,
  recordBytes: usize,
  places: usize,
  slopes: usize,
  rows: usize,
  batch: f64,
): f64 {
  let sum: f64 = 0;
  for (let row: usize = 0; row < rows; row++) {
    const output = <f64>load<f32>(outputs + (row << 4));
    const label = <f64>load<f32>(labels + <usize>load<u32>(places + (row << 2)) * recordBytes);
    const error = output - label;
    const size = Math.abs(error);
    let slope = error;
    if (far < 0) {
      const power = Math.exp(-Math.abs(output));
      sum += Math.max(output, 0) - output * label + Math.log1p(power);
      slope = (output >= 0 ? 1 / (1 + power) : power / (1 + power)) - label;
    } else if (size > far) {
      sum += far * (size - far / 2);
      slope = error > 0 ? far : -far;
    } else {
      sum += (error * error) / 2;
    }
    v128.store(slopes + (row << 4), f32x4.replace_lane(f32x4.splat(0), 0, <f32>(slope / batch)));
  }
  return sum;
}

/** to += scale x from. */
export function addScaled(to: usize, from: usize, length: usize, scale: f32): void {
  const scales = f32x4.splat(scale);
  for (let at: usize = 0; at < length << 2; at += 16)
    v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.mul(v128.load(from + at), scales)));
}

/** One step of Adam (https://arxiv.org/abs/1412.6980, algorithm 1); `rate` is corrected for the number of steps. */
export function adam(parameters: usize, gradient: usize, first: usize, second: usize, length: usize, rate: f32): void {
  const firstKept = f32x4.splat(0.9);
  const firstNew = f32x4.splat(0.1);
  const secondKept = f32x4.splat(0.999);
  const secondNew = f32x4.splat(0.001);
  const epsilon = f32x4.splat(1e-7);
  const rates = f32x4.splat(rate);
  for (let at: usize = 0; at < length << 2; at += 16) {
    const slope = v128.load(gradient + at);
    const mean = f32x4.add(f32x4.mul(firstKept, v128.load(first + at)), f32x4.mul(firstNew, slope));
    const square = f32x4.mul(secondNew, f32x4.mul(slope, slope));
    const variance = f32x4.add(f32x4.mul(secondKept, v128.load(second + at)), square);
    v128.store(first + at, mean);
    v128.store(second + at, variance);
    const step = f32x4.div(f32x4.mul(rates, mean), f32x4.add(f32x4.sqrt(variance), epsilon));
    v128.store(parameters + at, f32x4.sub(v128.load(parameters + at), step));
  }
}
