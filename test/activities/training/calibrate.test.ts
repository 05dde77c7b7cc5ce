import { createRandom } from '../../../core/base/random.ts';
import { calibratorOf, sigmoid } from '../../../core/model/scorer.ts';
import { type ThresholdAim } from '../../../core/model/calibration/threshold.ts';
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

  describe('with many positives', () => {
    /** Logits that a model gives where the log odds are others. */
    const draw = (seed: string, rows: number, of: (logOdds: number) => number) => {
      const random = createRandom(seed);
      const odds = Array.from({ length: rows }, () => random.normal(-1, 2));
      return { odds, ...split(odds.map(of), odds.map((odd) => (random.uniform() < sigmoid(odd) ? 1 : 0))) }; // prettier-ignore
    };
    const kinked = (odds: number): number => (odds < -1 ? odds / 3 : 2 * odds + 5 / 3);

    it('follows what a line cannot, and comes nearer to the truth on other rows', () => {
      const { calibration, threshold } = calibrate(draw('kinked', 6_000, kinked));
      assert.ok(calibration.knots);
      const { slope, intercept } = calibration;
      const fresh = draw('fresh', 4_000, kinked);
      const miss = (logitOf: (logit: number) => number): number =>
        fresh.odds.reduce((sum, odd, i) => sum + (sigmoid(logitOf(fresh.scores[0]![i]!)) - sigmoid(odd)) ** 2, 0) /
        4_000;
      const [bent, scaled] = [miss(calibratorOf(calibration)), miss(calibratorOf({ slope, intercept }))];
      assert.ok(bent < scaled / 3, `${bent} and ${scaled}`);
      const calibrated = fresh.scores[0]!.map((logit) => sigmoid(calibratorOf(calibration)(logit)));
      assert.ok(calibrated.some((score) => score >= threshold!) && calibrated.some((score) => score < threshold!));
    });

    it('stays a line where a line predicts other rows better', () => {
      assert.equal(calibrate(draw('line', 6_000, (odds) => 2 * odds + 1)).calibration.knots, undefined);
    });

    it('stays a line with fewer than a thousand, whose chance it would follow', () => {
      assert.equal(calibrate(draw('kinked', 2_000, kinked)).calibration.knots, undefined);
    });
  });
});
