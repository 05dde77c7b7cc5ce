/** How many rows nothing is worth where few are near. */
const PULL = 1;

interface Sums {
  values: number;
  weights: number;
  at: number;
}

/**
 * What rows of other blocks, near in time, say of each row: the mean of their values, in which each counts for
 * e^(-distance / reach), drawn towards `nothing` where few are near.
 */
export function nearby(
  { values, times, blocks }: Record<'values' | 'times' | 'blocks', Float64Array>,
  reach: number,
  nothing: number,
): Float64Array {
  const order = Array.from(times.keys()).sort((a, b) => times[a]! - times[b]!);
  const said = values.map(() => PULL * nothing);
  const weights = new Float64Array(values.length).fill(PULL);
  const fade = (sums: Sums, to: number): Sums => {
    const kept = Math.exp(-Math.abs(to - sums.at) / reach);
    return Object.assign(sums, { values: kept * sums.values, weights: kept * sums.weights, at: to });
  };
  // The rows before each one, then those after it.
  for (const rows of [order, order.toReversed()]) {
    const all: Sums = { values: 0, weights: 0, at: times[rows[0]!]! };
    const own = new Map<number, Sums>();
    for (const row of rows) {
      const [at, block] = [times[row]!, blocks[row]!];
      const mine = own.get(block) ?? { values: 0, weights: 0, at };
      own.set(block, mine);
      fade(all, at);
      fade(mine, at);
      said[row]! += all.values - mine.values;
      weights[row]! += all.weights - mine.weights;
      for (const sums of [all, mine]) {
        sums.values += values[row]!;
        sums.weights++;
      }
    }
  }
  return said.map((sum, row) => sum / weights[row]!);
}
