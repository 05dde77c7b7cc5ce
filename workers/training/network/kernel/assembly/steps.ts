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
