import { calibrate } from '../../../activities/training/calibrate.ts';
import assert from 'node:assert/strict';

const split = (scores: number[], labels: number[]) => ({
  scores: [Float64Array.from(scores)],
  labels: Float64Array.from(labels),
});

describe('the calibration of a winner', () => {
  it('follows the labels when they agree with its ranking', () => {
    const {
      calibration: { slope },
    } = calibrate(split([-3, -2, -1, 0, 1, 2, 3, -2.5], [0, 0, 0, 1, 0, 1, 1, 0]));
    assert.ok(slope > 0 && slope !== 1);
  });

  it('leaves the ranking as it is when few labels would turn it round', () => {
    assert.deepEqual(calibrate(split([-3, -2, -1, 0, 1, 2], [1, 0, 0, 0, 0, 0])).calibration, {
      slope: 1,
      intercept: 0,
    });
  });
});
