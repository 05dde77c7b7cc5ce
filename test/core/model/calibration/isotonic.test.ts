import { createRandom } from '../../../../core/base/random.ts';
import { bendOf, isotonicBlocks, isotonicKnots } from '../../../../core/model/calibration/isotonic.ts';
import { rank } from '../../../../core/metrics/ranking.ts';
import { sigmoid } from '../../../../core/model/scorer.ts';
import { fair, isNear, labels, tied } from '../../metrics/labelled.ts';
import assert from 'node:assert/strict';

describe('isotonic regression', () => {
  it("finds scikit-learn's shares, and the rows that have them", () => {
    // f = IsotonicRegression().fit_transform(s, y); np.unique(f, return_counts=True); s[f == f.min()].mean()
    for (const [scores, shares, rows, centre] of [
      [fair, [0, 9 / 108, 60 / 166, 3 / 6, 1], [110, 108, 166, 6, 110], 0.09678932389245452],
      [tied, [0, 53 / 149, 53 / 145, 20 / 50, 18 / 23, 1], [95, 149, 145, 50, 23, 38], 0.06513157894736842],
    ] as const) {
      const blocks = isotonicBlocks(scores, labels);
      assert.deepEqual(blocks.map((block) => block.rows), rows); // prettier-ignore
      assert.deepEqual(blocks.map((block) => block.positives / block.rows), shares); // prettier-ignore
      assert.ok(isNear(blocks[0]!.centre, centre));
    }
  });

  it('leaves every ranking as it is, with no two scores alike that were not', () => {
    const random = createRandom('ranking');
    const logits = Float64Array.from({ length: 20_000 }, () => random.normal(-2, 2));
    const theirs = logits.map((logit) => (random.uniform() < sigmoid(3 * Math.tanh(logit / 2)) ? 1 : 0));
    const bend = bendOf(isotonicKnots(logits, theirs)!, 0.7);
    const spread = Float64Array.from({ length: 40_000 }, (_, i) => -30 + i / 800 + random.uniform() / 1000);
    assert.deepEqual(rank(spread.map(bend)), rank(spread));
  });

  it('leads through the shares of blocks at their centres, and beyond the last on by the slope', () => {
    const knots = { from: [-2, 0, 1], to: [-4, -1, 0] };
    const bend = bendOf(knots, 0.5);
    assert.deepEqual([-4, -2, -1, 0, 0.25, 1, 3].map(bend), [-5, -4, -2.5, -1, -0.75, 0, 1]);
  });

  it('has neither none nor all as a share, and few knots', () => {
    const random = createRandom('knots');
    const logits = Float64Array.from({ length: 50_000 }, () => random.normal(0, 3));
    const theirs = logits.map((logit) => (random.uniform() < sigmoid(logit) ? 1 : 0));
    const { from, to } = isotonicKnots(logits, theirs)!;
    assert.ok(from.length > 10 && from.length <= 65, `${from.length}`);
    for (const [i, logit] of to.entries()) assert.ok(Number.isFinite(logit) && (i === 0 || logit > to[i - 1]!));
  });

  it('has nothing to say of one class, of equal scores, or of scores that rank rows the wrong way round', () => {
    assert.equal(isotonicKnots([1, 2, 3], [0, 0, 0]), null);
    assert.equal(isotonicKnots([1, 1, 1], [0, 1, 0]), null);
    assert.equal(isotonicKnots([1, 2, 3, 4], [1, 1, 0, 0]), null);
    assert.equal(isotonicKnots([], []), null);
  });
});
