import { type Metrics } from './metrics.ts';

/**
 * How far estimates lie from numbers that came: root mean squared error, mean absolute error, and the share of the
 * labels' variance that is explained (R squared; null where the labels do not vary).
 * https://en.wikipedia.org/wiki/Coefficient_of_determination
 * numberMetrics([2, 4], [1, 5]) // => rmse 1, mae 1, r2 0.75
 */
export function numberMetrics(estimates: ArrayLike<number>, labels: ArrayLike<number>): Metrics {
  if (estimates.length !== labels.length)
    throw new RangeError(`There are ${estimates.length} estimates for ${labels.length} labels`);
  const rows = labels.length;
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += finite(labels[i]!, i);
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
  };
}

export const squaredErrorOf = (estimate: number, label: number): number => (estimate - label) ** 2;
export const absoluteErrorOf = (estimate: number, label: number): number => Math.abs(estimate - label);

function finite(label: number, row: number): number {
  if (Number.isFinite(label)) return label;
  throw new RangeError(`The label of row ${row} is ${label}, not a finite number`);
}
