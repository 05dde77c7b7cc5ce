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
