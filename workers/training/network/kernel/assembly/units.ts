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
