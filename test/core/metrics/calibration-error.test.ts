import { calibrationCurve, calibrationError } from '../../../core/metrics/calibration-error.ts';
import { isNear } from './labelled.ts';
import assert from 'node:assert/strict';

describe('the calibration error', () => {
  it('is nothing where scores are the shares of positives', () => {
    const scores = Array.from({ length: 100 }, (_, i) => (i < 50 ? 0.2 : 0.8));
    const labels = scores.map((score, i) => (i % 10 < 10 * score ? 1 : 0));
    assert.ok(isNear(calibrationError(scores, labels), 0));
  });

  it('is how far they lie from them, on average, rows of one score together', () => {
    assert.ok(isNear(calibrationError([0.2, 0.2, 0.9], [0, 1, 1]), 0.7 / 3));
    const constant = Array<number>(40).fill(0.3);
    assert.ok(
      isNear(
        calibrationError(
          constant,
          constant.map((_, i) => (i < 8 ? 1 : 0)),
        ),
        0.1,
      ),
    );
  });

  it('does not let one group make up for another', () => {
    const scores = Array.from({ length: 20 }, (_, i) => (i < 10 ? 0.9 : 0.1));
    const inverted = scores.map((score) => (score > 0.5 ? 0 : 1));
    assert.ok(isNear(calibrationError(scores, inverted), 0.9));
  });

  it('is unknown without rows', () => assert.equal(calibrationError([], []), null));

  it('has a curve: the share of positives over the mean score of each group', () => {
    const scores = Array.from({ length: 40 }, (_, i) => (i % 4) / 10);
    const labels = scores.map((score) => Number(score > 0.15));
    assert.deepEqual(calibrationCurve(scores, labels), [[0, 0], [0.1, 0], [0.2, 1], [0.3, 1]]);
  }); // prettier-ignore
});
