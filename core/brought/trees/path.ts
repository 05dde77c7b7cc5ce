/**
 * How one column becomes one number of the file, computed as the file's runtime computes it: a tree compares that
 * number, and its last digit can decide the side. Every step rises with its number everywhere, or falls everywhere.
 */
export interface Path {
  column: string;
  /** What each text becomes, and every other; null: the column is a number, as a Float32. */
  levels: { known: ReadonlyMap<string, number>; other: number } | null;
  /** The number is a double, which we do not keep. */
  isDouble: boolean;
  compute(raw: number): number;
}

export const pathOf = (column: string, levels: Path['levels'] = null, isDouble = false): Path => ({
  column,
  levels,
  isDouble,
  compute: (raw) => raw,
});

/** One more step, computed in Float32. */
export function stepped(path: Path | undefined, step: (x: number) => number): { path?: Path } {
  if (!path || path.isDouble) return {};
  const { compute } = path;
  return { path: { ...path, compute: (raw) => Math.fround(step(compute(raw))) } };
}

const bits = new Int32Array(1);
const floats = new Float32Array(bits.buffer);
/** Places are in the order of the numbers; 2 ** 31 is zero. */
function floatAt(place: number): number {
  bits[0] = place >= 2 ** 31 ? place - 2 ** 31 : (2 ** 31 - 1 - place) | (1 << 31);
  return floats[0]!;
}
const [LEAST, MOST] = [2 ** 23 - 1, 2 ** 32 - 2 ** 23]; // the infinities

/**
 * The largest Float32 for which a condition still is as it is for the least one; it changes at most once.
 * lastOf((x) => x < 1) // => { cut: 0.99999994, holds: true }: it holds up to there
 */
export function lastOf(condition: (x: number) => boolean): { cut: number; holds: boolean } {
  const holds = condition(-Infinity);
  let [below, above] = [LEAST, MOST + 1];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (condition(floatAt(middle)) === holds) below = middle;
    else above = middle;
  }
  return { cut: floatAt(below), holds };
}
