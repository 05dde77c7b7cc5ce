/** A column's values share at most so many bins, and its nulls have one: together they fit a byte. */
export const MOST_BINS = 254;
/** A bin of fewer values in the sample would tell nothing. */
const FEWEST_VALUES = 3;

/**
 * Where the bins of a column of numbers end, ascending: each holds about as many values of the sample as the others, and
 * a value that alone fills more than that has a bin of its own. Nulls (NaN) have bin 0, and are passed over here.
 */
export function cutsOf(sample: Float32Array): Float32Array<ArrayBuffer> {
  const sorted = ascending(sample);
  const { values, counts } = distinct(sorted);
  const cuts: number[] = [];
  let [rowsLeft, binsLeft] = [sorted.length, MOST_BINS];
  let inBin = 0;
  for (let i = 0; i + 1 < values.length && binsLeft > 1; i++) {
    inBin += counts[i]!;
    const share = rowsLeft / binsLeft;
    const full = values.length <= MOST_BINS ? inBin >= FEWEST_VALUES : inBin >= share || counts[i + 1]! >= share;
    if (!full) continue;
    cuts.push(between(values[i]!, values[i + 1]!));
    rowsLeft -= inBin;
    binsLeft--;
    inBin = 0;
  }
  return Float32Array.from(cuts);
}

/** The bin of a value: 1 plus how many cuts lie below it. binOf(Float32Array.of(10, 20), 20) // => 2 */
export function binOf(cuts: Float32Array, value: number): number {
  if (Number.isNaN(value)) return 0;
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cuts[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}

/**
 * Sorts numbers, without NaN, by their bits, of which eleven decide at a time: for fifty thousand that takes a tenth of the time of
 * comparing them. https://en.wikipedia.org/wiki/Radix_sort
 */
function ascending(numbers: Float32Array): Float32Array {
  const known = new Float32Array(numbers.length);
  let count = 0;
  for (let i = 0; i < numbers.length; i++) if (!Number.isNaN(numbers[i]!)) known[count++] = numbers[i]!;
  let from = new Uint32Array(known.buffer, 0, count);
  let to = new Uint32Array(from.length);
  for (let i = 0; i < from.length; i++) from[i]! ^= from[i]! >>> 31 ? 0xffff_ffff : 0x8000_0000; // negatives first
  for (const shift of [0, 11, 22]) {
    const starts = new Uint32Array(2049);
    for (let i = 0; i < from.length; i++) starts[((from[i]! >>> shift) & 2047) + 1]!++;
    for (let digit = 0; digit < 2048; digit++) starts[digit + 1]! += starts[digit]!;
    for (let i = 0; i < from.length; i++) to[starts[(from[i]! >>> shift) & 2047]!++] = from[i]!;
    [from, to] = [to, from];
  }
  for (let i = 0; i < from.length; i++) from[i]! ^= from[i]! >>> 31 ? 0x8000_0000 : 0xffff_ffff;
  return new Float32Array(from.buffer, 0, count);
}

function distinct(sorted: Float32Array): { values: Float32Array; counts: Uint32Array } {
  const values = new Float32Array(sorted.length);
  const counts = new Uint32Array(sorted.length);
  let last = -1;
  for (let i = 0; i < sorted.length; i++) {
    if (last < 0 || sorted[i] !== values[last]) values[++last] = sorted[i]!;
    counts[last]!++;
  }
  return { values: values.subarray(0, last + 1), counts: counts.subarray(0, last + 1) };
}

/** A Float32 that is not below the first and below the second. */
function between(below: number, above: number): number {
  const middle = Math.fround(below / 2 + above / 2);
  return middle >= below && middle < above ? middle : below;
}
