import { metricsOf } from '../../../core/metrics/metrics.ts';
import { metricKinds } from '../../../core/metrics/index.ts';
import assert from 'node:assert/strict';

const numberMetrics = (estimated: ArrayLike<number>, of: ArrayLike<number>) => metricsOf('number', estimated, of);
const labels = [3, -0.5, 2, 7, 4.25, 10.5];
const estimates = [2.5, 0, 2.1, 7.8, 4, 9];
const isNear = (found: number | null | undefined, wanted: number): void =>
  assert.ok(Math.abs(found! - wanted) < 1e-12, `${found} is not ${wanted}`);

describe('metrics of estimated numbers', () => {
  it('are those of scikit-learn', () => {
    // mean_squared_error(y, p) ** 0.5, mean_absolute_error(y, p), r2_score(y, p) of scikit-learn 1.9
    const found = numberMetrics(estimates, labels);
    isNear(found.rmse, 0.7596600116718881);
    isNear(found.mae, 0.6083333333333333);
    isNear(found.r2, 0.9542715641766405);
    assert.equal(found.rows, 6);
  });

  it('say nothing of classes', () => {
    const { averagePrecision, rocAuc, logLoss, brier, positives } = metricsOf('number', estimates, labels);
    assert.deepEqual(
      [averagePrecision, rocAuc, logLoss, brier, positives],
      [undefined, undefined, undefined, undefined, 0],
    );
  });

  it('know what the mean of the labels alone would get, or their median where that errs by less', () => {
    const mean = labels.reduce((sum, label) => sum + label, 0) / labels.length;
    const sorted = labels.toSorted((a, b) => a - b);
    const middle = (sorted[(labels.length - 1) >> 1]! + sorted[labels.length >> 1]!) / 2;
    for (const [metric, best] of [
      ['rmse', mean],
      ['mae', middle],
      ['r2', mean],
    ] as const) {
      const ignorant = numberMetrics(new Array<number>(labels.length).fill(best), labels);
      isNear(ignorant[metric], metricKinds[metric].knowingNothing(numberMetrics(estimates, labels)));
    }
  });

  it('have no R squared of labels that are all alike, and no value without rows', () => {
    assert.equal(numberMetrics([1, 3], [2, 2]).r2, null);
    assert.equal(numberMetrics([1, 3], [2, 2]).rmse, 1);
    assert.deepEqual([numberMetrics([], []).rmse, numberMetrics([], []).r2], [null, null]);
  });

  it('say to which side estimates lean, and how far nine tenths of them are off', () => {
    const twentyOff = Array.from({ length: 21 }, (_, i) => i); // labels less estimates of 0: 0 to 20
    assert.deepEqual(numberMetrics(new Array<number>(21).fill(0), twentyOff).residuals, {
      mean: 10,
      low: 1,
      middle: 10,
      high: 19,
    });
    assert.equal(numberMetrics([], []).residuals, null);
  });

  it('refuse estimates and labels that are not numbers, and lists of unlike length', () => {
    assert.throws(() => numberMetrics([1, 2], [1, Infinity]), /label of row 1 is Infinity/);
    assert.throws(() => numberMetrics([1, NaN], [1, 2]), /estimate of row 1 is NaN/);
    assert.throws(() => numberMetrics([1], [1, 2]), /1 estimates for 2 labels/);
  });
});
