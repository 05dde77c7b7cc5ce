/** Learns from rows, and returns what it says of another. */
export type Learner = (columns: readonly number[][], labels: readonly number[]) => (row: readonly number[]) => number;

export const meanOf: Learner = (_, labels) => {
  const mean = average(labels);
  return () => mean;
};

/** A line through these columns, with a penalty on its slopes. */
export const line =
  (read: readonly number[], penalty: number): Learner =>
  (rows, labels) => {
    const middles = read.map((column) => average(rows.map((row) => row[column]!)));
    const mean = average(labels);
    const width = read.length;
    const sums = middles.map((_, i) => new Float64Array(width + 1).fill(penalty * rows.length, i, i + 1));
    for (const [at, row] of rows.entries()) {
      const centred = [...read.map((column, i) => row[column]! - middles[i]!), labels[at]! - mean];
      for (let i = 0; i < width; i++) for (let j = 0; j <= width; j++) sums[i]![j]! += centred[i]! * centred[j]!;
    }
    const slopes = solve(sums);
    return (row) => read.reduce((sum, column, i) => sum + slopes[i]! * (row[column]! - middles[i]!), mean);
  };

/** The mean of rows that are alike in these columns, which tell one day from another: it knows each day by its neighbours. */
export const daysAlike =
  (read: readonly number[], reach: number, pull: number): Learner =>
  (rows, labels) => {
    const mean = average(labels);
    const days = new Map<number, { row: readonly number[]; sum: number; rows: number }>();
    for (const [at, row] of rows.entries()) {
      const day = days.get(row[read[0]!]!) ?? { row, sum: 0, rows: 0 };
      days.set(row[read[0]!]!, { row, sum: day.sum + labels[at]!, rows: day.rows + 1 });
    }
    const said = new Map<number, number>();
    return (row) => {
      const known = said.get(row[read[0]!]!);
      if (known !== undefined) return known;
      let [sum, weights] = [pull * mean, pull];
      for (const day of days.values()) {
        const distance = read.reduce((all, column) => all + ((row[column]! - day.row[column]!) / reach) ** 2, 0);
        const weight = Math.exp(-distance / 2);
        sum += weight * day.sum;
        weights += weight * day.rows;
      }
      said.set(row[read[0]!]!, sum / weights);
      return sum / weights;
    };
  };

/** Gauss's elimination; the last column is the right side. */
function solve(sums: Float64Array[]): number[] {
  const width = sums.length;
  for (let i = 0; i < width; i++)
    for (let below = i + 1; below < width; below++) {
      const factor = sums[below]![i]! / sums[i]![i]!;
      for (let j = i; j <= width; j++) sums[below]![j]! -= factor * sums[i]![j]!;
    }
  const found: number[] = Array<number>(width).fill(0);
  for (let i = width - 1; i >= 0; i--) {
    const known = found.reduce((sum, each, j) => (j > i ? sum + each * sums[i]![j]! : sum), 0);
    found[i] = (sums[i]![width]! - known) / sums[i]![i]!;
  }
  return found;
}

const average = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
