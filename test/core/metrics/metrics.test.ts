import { gain, metricKinds, metricNamesOf } from '../../../core/metrics/index.ts';
import { rank } from '../../../core/metrics/ranking.ts';
import { createRandom } from '../../../core/base/random.ts';
import { fair, isNear, labels, tied } from './labelled.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import fc from 'fast-check';
import assert from 'node:assert/strict';

const metrics = (scores: ArrayLike<number>, of: ArrayLike<number>) => metricsOf('binary', scores, of);

const someScored = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
    fc.constantFrom(0, 1),
  ),
  {
    maxLength: 60,
  },
);

describe('metrics', () => {
  it("are scikit-learn's", () => {
    // sklearn 1.9.1: average_precision_score(y, s), roc_auc_score(y, s), log_loss(y, s), brier_score_loss(y, s)
    const ours = metrics(fair, labels);
    assert.deepEqual([ours.rows, ours.positives], [500, 182]);
    assert.ok(isNear(ours.averagePrecision, 0.8336628073496701), `${ours.averagePrecision}`);
    assert.ok(isNear(ours.rocAuc, 0.8597000483792936), `${ours.rocAuc}`);
    assert.ok(isNear(ours.logLoss, 0.4535500254626211), `${ours.logLoss}`);
    assert.ok(isNear(ours.brier, 0.15210868792415377), `${ours.brier}`);
  });

  it("are scikit-learn's where many rows share a score, and where a score of 0 is wrong", () => {
    // The same calls with `tie` for `s`.
    const ours = metrics(tied, labels);
    assert.ok(isNear(ours.averagePrecision, 0.6641294360495128), `${ours.averagePrecision}`);
    assert.ok(isNear(ours.rocAuc, 0.7514254613311218), `${ours.rocAuc}`);
    assert.ok(isNear(ours.logLoss, 0.5421104135315677), `${ours.logLoss}`);
    assert.ok(isNear(ours.brier, 0.1868046875), `${ours.brier}`);
    // log_loss([1, 0, 1], [0.0, 1.0, 0.5])
    assert.ok(
      isNear(metrics([0, 1, 0.5], [1, 0, 1]).logLoss, 24.260151319598084),
      `${metrics([0, 1, 0.5], [1, 0, 1]).logLoss}`,
    );
  });

  it('are null where they have no meaning', () => {
    assert.deepEqual(metrics([], []), {
      rows: 0,
      positives: 0,
      averagePrecision: null,
      rocAuc: null,
      logLoss: null,
      brier: null,
    });
    const negatives = metrics([0.1, 0.2], [0, 0]);
    assert.deepEqual([negatives.averagePrecision, negatives.rocAuc], [null, null]);
    assert.ok(isNear(negatives.brier, 0.025));
    assert.deepEqual([metrics([0.1], [1]).averagePrecision, metrics([0.1], [1]).rocAuc], [1, null]);
  });

  it('do not depend on the order of rows', () => {
    fc.assert(
      fc.property(someScored, fc.integer(), (rows, seed) => {
        const measure = (all: [number, number][]) => metrics(all.map(([score]) => score), all.map(([, label]) => label)); // prettier-ignore
        const [before, after] = [measure(rows), measure(createRandom(seed).shuffle([...rows]))];
        for (const metric of metricNamesOf('binary'))
          if (before[metric] === null) assert.equal(after[metric], null);
          else assert.ok(isNear(after[metric]!, before[metric]!), metric);
      }),
    );
  });

  it('rank rows from the highest score down, those of one score in the order they came', () => {
    const someNumber = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -2, max: 2 }));
    fc.assert(
      fc.property(fc.array(someNumber), (scores) => {
        const plain = scores.map((_, row) => row).sort((a, b) => (scores[a]! < scores[b]! ? 1 : scores[a]! > scores[b]! ? -1 : a - b)); // prettier-ignore
        const { order, ends } = rank(scores);
        assert.deepEqual([...order], plain);
        assert.deepEqual([...ends], plain.map((row, i) => (i + 1 < plain.length && scores[row] === scores[plain[i + 1]!] ? 0 : 1))); // prettier-ignore
      }),
    );
  });

  it('refuse scores that are not numbers, labels that are not 0 or 1, and lists of unlike length', () => {
    assert.throws(() => metrics([0.5, NaN], [0, 1]), /score of row 1 is not a number/);
    assert.throws(() => metrics([0.5, 0.5], [0, 2]), /label of row 1 is 2, not 0 or 1/);
    assert.throws(() => metrics([0.5], [0, 1]), /1 scores for 2 labels/);
  });

  it('say which of two models is better, whichever way they point', () => {
    assert.ok(gain('averagePrecision', 0.6, 0.5) > 0 && gain('rocAuc', 0.6, 0.5) > 0);
    assert.ok(gain('logLoss', 0.6, 0.5) < 0 && gain('brier', 0.6, 0.5) < 0);
  });

  it('know what a model gets that knows the share of positives and nothing else', () => {
    const rows = 1000;
    const theirs = Array.from({ length: rows }, (_, i) => (i % 10 === 0 ? 1 : 0));
    const ignorant = metrics(new Float64Array(rows).fill(0.1), theirs);
    for (const metric of metricNamesOf('binary'))
      assert.ok(isNear(ignorant[metric]!, metricKinds[metric].knowingNothing({ rows, positives: 100 })), metric);
    assert.equal(metricKinds.logLoss.knowingNothing({ rows: 10, positives: 0 }), 0);
  });

  it('of a million rows are those of the few that they repeat', () => {
    // Comparing each row with each other would outlast this test.
    const many = metrics(Float64Array.from({ length: 1_000_000 }, (_, i) => fair[i % 500]!), Float64Array.from({ length: 1_000_000 }, (_, i) => labels[i % 500]!)); // prettier-ignore
    const few = metrics(fair, labels);
    assert.deepEqual([many.rows, many.positives], [1_000_000, 2_000 * few.positives]);
    for (const metric of metricNamesOf('binary')) assert.ok(isNear(many[metric]!, few[metric]!), metric);
  });
});
