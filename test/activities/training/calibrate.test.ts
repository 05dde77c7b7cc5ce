import { sigmoid } from '../../../core/model/scorer.ts';
import { type ThresholdAim } from '../../../core/model/threshold.ts';
import { calibrate } from '../../../activities/training/calibrate.ts';
import { DAY } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

const split = (scores: number[], labels: number[]) => ({
  scores: [Float64Array.from(scores)],
  labels: Float64Array.from(labels),
  times: Float64Array.from(labels, (_, i) => (i * DAY) / 4),
});

describe('the calibration of a winner', () => {
  it('follows the labels when they agree with its ranking', () => {
    const {
      calibration: { slope },
    } = calibrate(split([-3, -2, -1, 0, 1, 2, 3, -2.5], [0, 0, 0, 1, 0, 1, 1, 0]));
    assert.ok(slope > 0 && slope !== 1);
  });

  it('calls as many rows positive as the declared aim says', () => {
    const rows = split([-3, -2, -1, 0, 1, 2, 3, -2.5, 2.5], [0, 0, 1, 0, 1, 0, 1, 0, 1]);
    const called = (aim: ThresholdAim): number => {
      const { calibration, threshold } = calibrate(rows, aim);
      const { slope, intercept } = calibration;
      return rows.scores[0]!.filter((logit) => sigmoid(slope * logit + intercept) >= threshold!).length;
    };
    assert.equal(called({ precision: 1 }), 2);
    assert.equal(called({ precision: 0.75 }), 4);
    assert.equal(called({ costs: { falsePositive: 1, falseNegative: 10 } }), 6);
    assert.equal(called({ costs: { falsePositive: 10, falseNegative: 1 } }), 2);
    // The split has two days.
    assert.equal(called({ perDay: 1.5 }), 3);
    assert.equal(called({ perDay: 0.4 }), 0);
  });

  it('leaves the ranking as it is when few labels would turn it round', () => {
    assert.deepEqual(calibrate(split([-3, -2, -1, 0, 1, 2], [1, 0, 0, 0, 0, 0])).calibration, {
      slope: 1,
      intercept: 0,
    });
  });
});
