import { platt } from '../../../core/metrics/platt.ts';
import { bestThreshold } from '../../../core/metrics/threshold.ts';
import { createRandom } from '../../../core/random.ts';
import { fair, isNear, labels, tied } from './labelled.ts';
import assert from 'node:assert/strict';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('Platt scaling', () => {
  it("finds scikit-learn's slope and intercept", () => {
    // A, B = sklearn.calibration._sigmoid_calibration(8*s - 5, y); -A, -B. It stops at 1e-6 or so of the best.
    const { slope, intercept } = platt(fair.map((score) => 8 * score - 5), labels); // prettier-ignore
    assert.ok(isNear(slope, 0.9370865964660449, 1e-4), `${slope}`);
    assert.ok(isNear(intercept, 0.31523398345780845, 1e-4), `${intercept}`);
  });

  it('ends where the gradient is zero, whatever the scale of the logits', () => {
    for (const scale of [1e-3, 1, 50, 1e4]) {
      const logits = fair.map((score) => scale * (8 * score - 5));
      const { slope, intercept } = platt(logits, labels);
      const [high, low] = [183 / 184, 1 / 320];
      let [bySlope, byIntercept] = [0, 0];
      logits.forEach((logit, i) => {
        const error = sigmoid(slope * logit + intercept) - (labels[i] === 1 ? high : low);
        bySlope += (error * logit) / scale;
        byIntercept += error;
      });
      assert.ok(Math.abs(bySlope) < 1e-5 && Math.abs(byIntercept) < 1e-5, `${scale}: ${bySlope}, ${byIntercept}`);
    }
  });

  it('leaves calibrated logits as they are', () => {
    const random = createRandom(1);
    const logits = Float64Array.from({ length: 50_000 }, () => random.normal(-2, 2));
    const { slope, intercept } = platt(logits, logits.map((logit) => (random.uniform() < sigmoid(logit) ? 1 : 0))); // prettier-ignore
    assert.ok(isNear(slope, 1, 0.03) && isNear(intercept, 0, 0.05), `${slope}, ${intercept}`);
  });

  it('is never certain: not of separated rows, of one class, of equal logits, or of huge ones', () => {
    for (const [logits, theirs] of [
      [
        [-3, -2, 2, 3],
        [0, 0, 1, 1],
      ],
      [
        [1, 2, 3],
        [0, 0, 0],
      ],
      [
        [1, 1, 1, 1],
        [0, 1, 1, 1],
      ],
      [
        [-800, -700, 700, 800],
        [0, 1, 0, 1],
      ],
      [[], []],
    ] as const) {
      const { slope, intercept } = platt(logits, theirs);
      assert.ok(Number.isFinite(slope) && Number.isFinite(intercept), `${slope}, ${intercept}`);
      for (const logit of logits) {
        const score = sigmoid(slope * logit + intercept);
        assert.ok(score > 0.001 && score < 0.999, `${logit} scores ${score}`);
      }
    }
  });
});

describe('the threshold', () => {
  it("has the best F1 that scikit-learn's curve knows", () => {
    // precision, recall, thresholds = precision_recall_curve(y, s); the (highest) threshold where 2pr / (p + r) is largest
    assert.ok(isNear(bestThreshold(fair, labels), 0.6596149361627703));
    assert.equal(bestThreshold(tied, labels), 0.1875);
  });

  it('is the highest of several that are as good, and one of the scores', () => {
    assert.equal(bestThreshold([0.9, 0.8, 0.2, 0.1], [1, 0, 0, 1]), 0.9);
    assert.equal(bestThreshold([0.9, 0.8, 0.2], [1, 1, 0]), 0.8);
  });

  it('does not depend on the order of rows, and splits no rows of equal score', () => {
    assert.equal(bestThreshold([0.5, 0.5, 0.1], [0, 1, 0]), bestThreshold([0.1, 0.5, 0.5], [0, 1, 0]));
  });

  it('is a half while there are no positives to learn it from', () => {
    assert.equal(bestThreshold([0.9, 0.1], [0, 0]), 0.5);
  });
});
