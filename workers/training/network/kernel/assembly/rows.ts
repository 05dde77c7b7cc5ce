/** Writes one row into each of some rows. */
export function repeat(row: usize, columns: usize, out: usize, rows: usize): void {
  for (let i: usize = 0; i < rows; i++) memory.copy(out + ((i * columns) << 2), row, columns << 2);
}

export function clear(at: usize, bytes: usize): void {
  memory.fill(at, 0, bytes);
}

/** total += the sum of the rows. */
export function addRows(from: usize, columns: usize, total: usize, rows: usize): void {
  for (let row: usize = 0; row < rows; row++) addRow(from + ((row * columns) << 2), columns, total);
}

export function addRow(from: usize, columns: usize, to: usize): void {
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
