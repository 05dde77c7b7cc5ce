import type { Random } from '../base/random.ts';

/** Writes a share of the rows, at least one, then the others, both in ascending order; returns how many it took. Each set of so many is equally likely. */
export function sampleRows(rows: number, share: number, random: Random, into: Uint32Array): number {
  if (share >= 1) {
    for (let row = 0; row < rows; row++) into[row] = row;
    return rows;
  }
  const wanted = Math.max(1, Math.round(rows * share));
  let [row, taken, others] = [0, 0, wanted];
  // Selection sampling: Knuth, "The Art of Computer Programming", volume 2, 3.4.2, algorithm S.
  for (; taken < wanted; row++)
    if ((rows - row) * random.uniform() < wanted - taken) into[taken++] = row;
    else into[others++] = row;
  while (row < rows) into[others++] = row++;
  return taken;
}

/** A share of the columns, at least one: 1 for each that may be split, 0 for the others. */
export function sampleColumns(columns: number, share: number, random: Random): Uint8Array {
  const chosen = new Uint8Array(columns);
  if (share >= 1) return chosen.fill(1);
  const places = random.shuffle(Array.from({ length: columns }, (_, column) => column));
  for (const place of places.slice(0, Math.max(1, Math.round(columns * share)))) chosen[place] = 1;
  return chosen;
}
