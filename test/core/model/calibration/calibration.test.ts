import { platt } from '../../../../core/model/calibration/platt.ts';
import { bestThreshold } from '../../../../core/model/calibration/threshold.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { fair, isNear, labels, tied } from '../../metrics/labelled.ts';
import assert from 'node:assert/strict';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The cost of slope and intercept cannot fall any further. */
function assertBest(logits: number[], theirs: number[]): void {
  const { slope, intercept } = platt(logits, theirs);
  const positives = theirs.filter((label) => label === 1).length;
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (theirs.length - positives + 2)];
  const errors = logits.map((logit, i) => sigmoid(slope * logit + intercept) - (theirs[i] === 1 ? high : low));
  const largest = Math.max(...logits.map(Math.abs));
  const bySlope = errors.reduce((sum, error, i) => sum + (error * logits[i]!) / largest, 0);
  const byIntercept = errors.reduce((sum, error) => sum + error, 0);
  assert.ok(Math.abs(bySlope) < 1e-6 && Math.abs(byIntercept) < 1e-6, `${bySlope}, ${byIntercept}`);
}

describe('Platt scaling', () => {
  it("finds scikit-learn's slope and intercept", () => {
    // A, B = sklearn.calibration._sigmoid_calibration(8*s - 5, y); -A, -B. It stops at 1e-6 or so of the best.
    const { slope, intercept } = platt(fair.map((score) => 8 * score - 5), labels); // prettier-ignore
    assert.ok(isNear(slope, 0.9370865964660449, 1e-4), `${slope}`);
    assert.ok(isNear(intercept, 0.31523398345780845, 1e-4), `${intercept}`);
  });

  it('ends where the gradient is zero, whatever the scale of the logits', () => {
    for (const scale of [1e-3, 1, 50, 1e4])
      assertBest(
        fair.map((score) => scale * (8 * score - 5)),
        labels,
      );
  });

  it('ends there too when one logit lies so far out that a whole step would overshoot', () => {
    const logits = [0.3, -2.9, -0.3, 0, -0.3, 46.2, 2, -1.6, 0, 0, -0.1, 0.4, -0.1, 0, 1.3, 0, 0, -0.4, 0, -1.5, -5.9];
    assertBest(
      logits,
      logits.map((_, i) => ([5, 6, 14].includes(i) ? 1 : 0)),
    );
  });

  it('leaves calibrated logits as they are', () => {
    const random = createRandom(1);
    const logits = Float64Array.from({ length: 50_000 }, () => random.normal(-2, 2));
    const { slope, intercept } = platt(logits, logits.map((logit) => (random.uniform() < sigmoid(logit) ? 1 : 0))); // prettier-ignore
    assert.ok(isNear(slope, 1, 0.03) && isNear(intercept, 0, 0.05), `${slope}, ${intercept}`);
  });

  it('gives equal logits the share of positives, shrunk towards a half', () => {
    // Targets are 4/5 three times and 1/3 once.
    const { slope, intercept } = platt([1, 1, 1, 1], [0, 1, 1, 1]);
    assert.ok(isNear(sigmoid(slope + intercept), (3 * 0.8 + 1 / 3) / 4, 1e-6));
  });

  it('is never certain: not for separated rows, one class, equal logits, or huge ones', () => {
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
  it("has the best F1 on scikit-learn's curve", () => {
    // precision, recall, thresholds = precision_recall_curve(y, s); the (highest) threshold where 2pr / (p + r) is largest
    assert.ok(isNear(bestThreshold(fair, labels), 0.6596149361627703));
    assert.equal(bestThreshold(tied, labels), 0.1875);
  });

  it('is the highest of several equally good ones, and one of the scores', () => {
    assert.equal(bestThreshold([0.9, 0.8, 0.2, 0.1], [1, 0, 0, 1]), 0.9);
    assert.equal(bestThreshold([0.9, 0.8, 0.2], [1, 1, 0]), 0.8);
  });

  it('splits no rows of equal score, whatever order they came in', () => {
    assert.equal(bestThreshold([0.9, 0.5, 0.5, 0.5, 0.5, 0.5], [1, 1, 0, 0, 0, 0]), 0.9);
    assert.equal(bestThreshold([0.5, 0.5, 0.5, 0.5, 0.5, 0.9], [0, 0, 0, 0, 1, 1]), 0.9);
  });

  it('is a half while there are no positives to learn from', () => {
    assert.equal(bestThreshold([0.9, 0.1], [0, 0]), 0.5);
  });
});
