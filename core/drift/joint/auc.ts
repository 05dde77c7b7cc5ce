/** How often a row of one side scores above one of the other, ties by half, between 0 and 1. */
export interface Auc {
  auc: number;
  /** The interval at 95 %. */
  low: number;
  high: number;
}

/**
 * The area under the ROC curve, with DeLong's interval: from how each row does against those of the other side. Of rows
 * of which so many weigh as much as one. DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more
 * correlated receiver operating characteristic curves", 1988: https://doi.org/10.2307/2531595
 */
export function aucOf(negatives: Float64Array, positives: Float64Array, effect = 1): Auc {
  const [below, above] = [placements(negatives, positives), placements(positives, negatives)];
  const auc = mean(above);
  const error = Math.sqrt(effect * (variance(below) / below.length + variance(above) / above.length));
  return { auc, low: Math.max(0, auc - 1.96 * error), high: Math.min(1, auc + 1.96 * error) };
}

/** For each of `of` the share of `others` below it. */
function placements(of: Float64Array, others: Float64Array): Float64Array {
  const sorted = others.toSorted();
  return of.map((value) => (countBelow(sorted, value, false) + countBelow(sorted, value, true)) / 2 / sorted.length);
}

/** How many of them are below the value, or equal to it where `orEqual`. */
function countBelow(sorted: Float64Array, value: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value || (orEqual && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const mean = (numbers: Float64Array): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
function variance(numbers: Float64Array): number {
  const middle = mean(numbers);
  return numbers.reduce((sum, each) => sum + (each - middle) ** 2, 0) / Math.max(1, numbers.length - 1);
}
