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
