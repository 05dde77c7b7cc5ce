/** A column's values share at most so many bins, and its nulls have one: together they fit a byte. */
export const MOST_BINS = 254;
/** A bin of fewer values in the sample would tell nothing. */
const FEWEST_VALUES = 3;

/**
 * Where the bins of a column of numbers end, ascending: each holds about as many values of the sample as the others, and
 * a value that alone fills more than that has a bin of its own. Nulls (NaN) have bin 0, and are passed over here.
 */
export function cutsOf(sample: Float32Array): Float32Array<ArrayBuffer> {
  const sorted = sample.filter((value) => !Number.isNaN(value)).sort();
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
