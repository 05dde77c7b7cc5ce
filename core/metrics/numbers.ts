import type { Metrics } from './metrics.ts';

/**
 * How far estimates lie from numbers that came: root mean squared error, mean absolute error, and the share of the
 * labels' variance that is explained (R squared; null where the labels do not vary).
 * https://en.wikipedia.org/wiki/Coefficient_of_determination
 * numberMetrics([2, 4], [1, 5]) // => rmse 1, mae 1, r2 0.75
 */
export function numberMetrics(estimates: ArrayLike<number>, labels: ArrayLike<number>): Metrics {
  checkNumbers(estimates, labels);
  const rows = labels.length;
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += labels[i]!;
  const mean = sum / rows;
  let [squares, distances, variance, deviations] = [0, 0, 0, 0];
  for (let i = 0; i < rows; i++) {
    squares += squaredErrorOf(estimates[i]!, labels[i]!);
    distances += absoluteErrorOf(estimates[i]!, labels[i]!);
    variance += (labels[i]! - mean) ** 2;
    deviations += Math.abs(labels[i]! - mean);
  }
  return {
    rows,
    positives: 0,
    averagePrecision: null,
    rocAuc: null,
    logLoss: null,
    brier: null,
    rmse: rows === 0 ? null : Math.sqrt(squares / rows),
    mae: rows === 0 ? null : distances / rows,
    r2: variance === 0 || rows === 0 ? null : 1 - squares / variance,
    spread: rows === 0 ? null : { deviation: Math.sqrt(variance / rows), absolute: deviations / rows },
    residuals: rows === 0 ? null : residualsOf(estimates, labels),
  };
}

/** Labels less estimates: on average, and between which values nine tenths of them lie. */
function residualsOf(estimates: ArrayLike<number>, labels: ArrayLike<number>): NonNullable<Metrics['residuals']> {
  const sorted = Float64Array.from(labels, (label, i) => label - estimates[i]!).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return {
    mean: sorted.reduce((sum, residual) => sum + residual, 0) / sorted.length,
    low: at(0.05),
    middle: at(0.5),
    high: at(0.95),
  };
}

export const squaredErrorOf = (estimate: number, label: number): number => (estimate - label) ** 2;
export const absoluteErrorOf = (estimate: number, label: number): number => Math.abs(estimate - label);

/** One estimate and one label a row, each a finite number. */
export function checkNumbers(estimates: ArrayLike<number>, labels: ArrayLike<number>): void {
  if (estimates.length !== labels.length)
    throw new RangeError(`There are ${estimates.length} estimates for ${labels.length} labels`);
  for (let i = 0; i < labels.length; i++) {
    if (!Number.isFinite(labels[i])) throw new RangeError(`The label of row ${i} is ${labels[i]}, not a finite number`);
    if (!Number.isFinite(estimates[i]))
      throw new RangeError(`The estimate of row ${i} is ${estimates[i]}, not a finite number`);
  }
}
