// What growing trees does with rows, in the memory that ../memory.ts lays out. Sums are taken in the order of the rows, as
// core/trees/plain-engine.ts takes them: both get the same bits.

export { split } from './splits';

/** Writes the gradient and the hessian of each row side by side, in the order of the rows. */
export function gather(gradients: usize, hessians: usize, rows: usize, count: usize, pairs: usize): void {
  const end = rows + (count << 2);
  for (; rows < end; rows += 4) {
    const place = (<usize>load<u32>(rows)) << 2;
    store<f32>(pairs, load<f32>(gradients + place));
    store<f32>(pairs, load<f32>(hessians + place), 4);
    pairs += 8;
  }
}

/** Adds each row's pair to a bin of four columns, whose bins are the bytes of a word and begin at a, b, c and d. */
export function count(
  word: usize,
  rows: usize,
  pairs: usize,
  rowCount: usize,
  a: usize,
  b: usize,
  c: usize,
  d: usize,
): void {
  const end = rows + (rowCount << 2);
  for (; rows < end; rows += 4) {
    const bins = load<u32>(word + ((<usize>load<u32>(rows)) << 2));
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(pairs));
    const inA = a + <usize>((bins << 4) & 0xff0);
    v128.store(inA, f64x2.add(v128.load(inA), pair));
    const inB = b + <usize>((bins >> 4) & 0xff0);
    v128.store(inB, f64x2.add(v128.load(inB), pair));
    const inC = c + <usize>((bins >> 12) & 0xff0);
    v128.store(inC, f64x2.add(v128.load(inC), pair));
    const inD = d + <usize>((bins >> 20) & 0xff0);
    v128.store(inD, f64x2.add(v128.load(inD), pair));
    pairs += 8;
  }
}

export function clear(at: usize, bytes: usize): void {
  memory.fill(at, 0, bytes);
}

export function move(from: usize, to: usize, bytes: usize): void {
  memory.copy(to, from, bytes);
}

/** from -= child. */
export function subtract(from: usize, child: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16)
    v128.store(from + at, f64x2.sub(v128.load(from + at), v128.load(child + at)));
}

/**
 * Moves the rows that go left to the front, and writes the others into `right`, both in their order; returns how many
 * went left. A column's bin is the byte of a row's word at `shift`; `set` has a bit for each bin that goes left.
 */
export function divide(rows: usize, count: usize, word: usize, shift: u32, set: usize, right: usize): usize {
  const end = rows + (count << 2);
  const start = rows;
  let left = rows;
  for (; rows < end; rows += 4) {
    const row = load<u32>(rows);
    const bin = (load<u32>(word + ((<usize>row) << 2)) >> shift) & 255;
    const goesLeft = <usize>((load<u32>(set + <usize>((bin >> 5) << 2)) >> (bin & 31)) & 1);
    // Both are written and one of them counts, which is quicker than a branch that nobody can foretell.
    store<u32>(left, row);
    store<u32>(right, row);
    left += goesLeft << 2;
    right += (1 - goesLeft) << 2;
  }
  return (left - start) >> 2;
}
