import { addRow } from './rows';

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
